import { describe as group, expect, it } from "vitest";

import { ApiError, createHttp, withQuery } from "../src/api/http";
import { describe } from "../src/shared/failure";

function answering(status: number, body: string, onSignedOut = () => {}) {
  const calls: { path: string; init: RequestInit }[] = [];
  const http = createHttp({
    fetch: async (path, init) => {
      calls.push({ path: String(path), init: init ?? {} });
      return new Response(status === 204 ? null : body, { status });
    },
    onSignedOut,
  });
  return { http, calls };
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error("it worked")),
    (error: unknown) => error as ApiError,
  );

group("the client", () => {
  it("sends writes as JSON, even without content", async () => {
    const { http, calls } = answering(200, "{}");
    await http.post("/api/auth/logout");
    expect(calls[0]?.init.headers).toEqual({ "Content-Type": "application/json" });
    expect(calls[0]?.init.body).toBe("{}");
  });

  it("leaves empty filters out of the address and escapes the others", () => {
    expect(withQuery("/api/tickets", { q: "光猫 & 红灯", status: "", page: 2 })).toBe(
      "/api/tickets?q=%E5%85%89%E7%8C%AB+%26+%E7%BA%A2%E7%81%AF&page=2",
    );
    expect(withQuery("/api/tickets", { q: "" })).toBe("/api/tickets");
  });

  it("accepts an answer without content", async () => {
    expect(await answering(204, "").http.post("/api/desk/typing")).toBeNull();
  });

  it("passes on the code and the message of an error", async () => {
    const body = '{"error": {"code": "symptom_needed", "message": "缺少故障现象"}}';
    const error = await failure(answering(422, body).http.get("/"));
    expect(error).toMatchObject({ status: 422, code: "symptom_needed", message: "缺少故障现象" });
    expect(describe(error)).toEqual({ message: "缺少故障现象", advice: "请按提示改好再提交。" });
  });

  it("makes sense of an error page that is not ours", async () => {
    const error = await failure(answering(502, "<html>Bad Gateway</html>").http.get("/"));
    expect(error.code).toBe("http_502");
    expect(describe(error).advice).toContain("稍后再试");
  });

  it("tells a lost network from an error", async () => {
    const http = createHttp({ fetch: () => Promise.reject(new TypeError("offline")) });
    expect(describe(await failure(http.get("/"))).message).toBe("连不上服务器");
  });

  it("gives up on a server that never answers", async () => {
    const http = createHttp({
      timeoutMs: 1,
      fetch: (_path, init) =>
        new Promise((_resolve, reject) =>
          init?.signal?.addEventListener("abort", () => reject(new Error("aborted"))),
        ),
    });
    expect((await failure(http.get("/"))).code).toBe("timeout");
  });

  it("reports the end of the session, but not a wrong password", async () => {
    let ended = 0;
    const refusal = (code: string) => `{"error": {"code": "${code}", "message": ""}}`;
    await failure(answering(401, refusal("not_signed_in"), () => ended++).http.get("/"));
    expect(ended).toBe(1);
    await failure(answering(401, refusal("wrong_credentials"), () => ended++).http.get("/"));
    expect(ended).toBe(1);
  });
});
