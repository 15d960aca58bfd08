/** Every word the customer sees that does not come from the server. */

export interface Words {
  title: string;
  launcher: (unread: number) => string;
  panel: string;
  close: string;
  human: string;
  humanQueued: string;
  humanActive: string;
  /** What is sent when the customer presses the button: the assistant understands it as text. */
  humanText: string;
  botLabel: string;
  agentLabel: string;
  agentFallbackName: string;
  you: string;
  botOnline: string;
  queuedHint: string;
  closedHint: string;
  agentServing: (name: string) => string;
  welcome: (title: string) => string;
  suggestionsLabel: string;
  suggestions: string[];
  placeholder: string;
  input: string;
  send: string;
  sending: string;
  failed: string;
  refused: string;
  refusedButton: string;
  connecting: string;
  trouble: string;
  replaced: string;
  queued: (ahead: number | null, wait: { low: number; high: number } | null) => string;
  waitingChoices: string;
  offered: string;
  typing: (name: string) => string;
  earlier: string;
  newMessages: string;
  log: string;
  counter: (used: number, limit: number) => string;
  tooLong: (used: number, limit: number) => string;
  ticket: string;
  copy: string;
  copied: string;
  rateTitle: string;
  rateLabels: [string, string, string, string, string];
  rateStar: (score: number, label: string) => string;
  rateComment: string;
  rateSend: string;
  rateFailed: string;
  rateThanks: string;
  today: string;
  yesterday: string;
}

const range = ({ low, high }: { low: number; high: number }) =>
  low < high ? `${low}–${high}` : String(high);

const zh: Words = {
  title: "在线客服",
  launcher: (unread) => (unread > 0 ? `打开在线客服，${unread} 条未读消息` : "打开在线客服"),
  panel: "在线客服对话窗口",
  close: "收起对话窗口",
  human: "转人工",
  humanQueued: "排队中",
  humanActive: "人工服务中",
  humanText: "转人工",
  botLabel: "智能助手",
  agentLabel: "人工客服",
  agentFallbackName: "客服",
  you: "我",
  botOnline: "智能助手在线，可随时转人工",
  queuedHint: "等候时可以继续补充情况",
  closedHint: "本次会话已结束，可继续提问",
  agentServing: (name) => `${name} 正在为您服务`,
  welcome: (title) => `您好，这里是${title}。查话费、报故障、办业务，直接用一句话告诉我就可以。`,
  suggestionsLabel: "您可以这样问",
  suggestions: ["怎么查话费", "我家宽带断了", "流量用完了怎么办"],
  placeholder: "请输入您的问题",
  input: "消息内容",
  send: "发送",
  sending: "发送中",
  failed: "未发送 · 点此重试",
  refused: "这条消息没有被接受 · 点此修改",
  refusedButton: "这个选项已失效 · 点此移除",
  connecting: "连接中…",
  trouble: "网络不太好，消息会自动重发",
  replaced: "之前的会话已过期，已为您开启新的会话",
  queued: (ahead, wait) => {
    const place =
      ahead === null ? "请稍候" : ahead > 0 ? `前面还有 ${ahead} 位` : "下一位就是您";
    return `排队中，${place}${wait === null ? "" : `，约等 ${range(wait)} 分钟`}`;
  },
  waitingChoices: "等候时您可以",
  offered: "正在为您接通人工客服…",
  typing: (name) => `${name}正在输入`,
  earlier: "查看更早的消息",
  newMessages: "新消息",
  log: "对话记录",
  counter: (used, limit) => `${used} / ${limit}`,
  tooLong: (used, limit) => `一条消息最多 ${limit} 字，现在有 ${used} 字，请分成几条发送`,
  ticket: "工单号",
  copy: "复制",
  copied: "已复制",
  rateTitle: "请为本次服务评分",
  rateLabels: ["很不满意", "不满意", "一般", "满意", "非常满意"],
  rateStar: (score, label) => `${score} 星，${label}`,
  rateComment: "还想告诉我们什么？（选填）",
  rateSend: "提交评价",
  rateFailed: "没有提交成功，请再试一次",
  rateThanks: "感谢您的评价",
  today: "今天",
  yesterday: "昨天",
};

const en: Words = {
  title: "Customer service",
  launcher: (unread) => (unread > 0 ? `Open chat, ${unread} unread` : "Open chat"),
  panel: "Customer service chat",
  close: "Minimise chat",
  human: "Ask a person",
  humanQueued: "In the queue",
  humanActive: "With a person",
  humanText: "转人工",
  botLabel: "Assistant",
  agentLabel: "Agent",
  agentFallbackName: "Agent",
  you: "You",
  botOnline: "The assistant is online",
  queuedHint: "You can add details while you wait",
  closedHint: "This conversation has ended; you can ask again",
  agentServing: (name) => `${name} is with you`,
  welcome: (title) => `Hello, this is ${title}. Tell me in one sentence what you need.`,
  suggestionsLabel: "You could ask",
  suggestions: ["怎么查话费", "我家宽带断了", "流量用完了怎么办"],
  placeholder: "Type your question",
  input: "Message",
  send: "Send",
  sending: "Sending",
  failed: "Not sent · tap to retry",
  refused: "This message was not accepted · tap to edit",
  refusedButton: "This choice is no longer valid · tap to remove",
  connecting: "Connecting…",
  trouble: "The network is poor; messages are sent again by themselves",
  replaced: "Your former session has expired; a new one has been started",
  queued: (ahead, wait) => {
    const place =
      ahead === null ? "please wait" : ahead > 0 ? `${ahead} ahead of you` : "you are next";
    return `In the queue, ${place}${wait === null ? "" : `, about ${range(wait)} min`}`;
  },
  waitingChoices: "While you wait you can",
  offered: "Connecting you to a person…",
  typing: (name) => `${name} is typing`,
  earlier: "Show earlier messages",
  newMessages: "New messages",
  log: "Conversation",
  counter: (used, limit) => `${used} / ${limit}`,
  tooLong: (used, limit) =>
    `A message may have ${limit} characters; this one has ${used}. Please send it in parts`,
  ticket: "Ticket",
  copy: "Copy",
  copied: "Copied",
  rateTitle: "How was our service?",
  rateLabels: ["Very poor", "Poor", "Fair", "Good", "Very good"],
  rateStar: (score, label) => `${score} of 5 stars, ${label}`,
  rateComment: "Anything you would like to add? (optional)",
  rateSend: "Send rating",
  rateFailed: "That did not go through, please try again",
  rateThanks: "Thank you for your rating",
  today: "Today",
  yesterday: "Yesterday",
};

export function wordsFor(language: string | undefined): Words {
  return language?.toLowerCase().startsWith("en") ? en : zh;
}
