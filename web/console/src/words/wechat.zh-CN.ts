type Codes = Record<string, string>;

/** How our messages reach a customer on WeChat. */
export const reachZhCN = {
  left: (n: number, until: string) => `微信还可发 ${n} 条 · 到 ${until}`,
  spent: "现在发的会等客户下次说话时送达",
  gone: "客户已取消关注，消息送不到",
  hint: "微信规定：客户说一次话，可以给 TA 发有限的几条消息，过时作废。",
  reminders: {
    waiting: "马上提醒客户来看",
    sending: "马上提醒客户来看",
    sent: "已提醒客户来看",
    delivered: "已提醒客户来看",
    unclear: "提醒不确定是否送达",
    failed: "提醒没有发出",
  } as Codes,
  marks: {
    sending: "正在发往微信",
    held: "等客户说话时送达",
    failed: "没有送达",
    unclear: "不确定是否送达",
  } as Codes,
  advice: {
    sending: "还没有交给微信，通常几秒就好。",
    held: "现在不能再给客户发消息，TA 下次说话时会自动送出，不用重发。",
    failed: "微信没有收下这条消息。",
    unclear: "发送时微信没有回应，客户可能没有看到。需要时请再说一次。",
  } as Codes,
};

/** What a customer sent that is not words. */
export const filesZhCN = {
  waiting: "正在取回…",
  failed: "没能从微信取到，请让客户再发一次。",
  names: { image: "图片", voice: "语音", video: "视频", file: "文件" } as Codes,
  enlarge: "放大图片",
  image: "客户发来的图片",
  original: "打开原图",
  download: (what: string) => `下载${what}`,
  voiceHint: "浏览器放不了这种语音，请下载后播放",
  all: "客户发来的文件",
};
