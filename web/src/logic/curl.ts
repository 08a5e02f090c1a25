// A request as a command for a POSIX shell.
// Pure.

// Within single quotes a shell takes everything as it stands but the quote itself.
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export interface ChatCall {
  baseUrl: string;
  model: string;
  text: string;
  route?: string;
}

// The same text again; the key comes from the environment, so that none stands in a history.
export function chatCommand(call: ChatCall): string {
  const body = JSON.stringify({ model: call.model, messages: [{ role: "user", content: call.text }] });
  const lines = [
    `curl -s ${shellQuote(`${call.baseUrl}/v1/chat/completions`)}`,
    `-H 'content-type: application/json'`,
    `-H "authorization: Bearer $POINTSMAN_KEY"`,
  ];
  if (call.route) lines.push(`-H ${shellQuote(`x-pointsman-route: ${call.route}`)}`);
  lines.push(`-d ${shellQuote(body)}`);
  return lines.join(" \\\n  ");
}
