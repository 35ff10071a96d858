// aimock as a gateway before the scripted model server: its protocol, its limits and its chaos are
// its own, what the model says is the scripted server's.
//
//   node aimock.mjs FOLDER-WITH-AIMOCK MODEL-SERVER-URL CHAOS-AS-JSON
//
// Prints its address on the first line.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [, , folder, upstream, chaos] = process.argv;
const resolve = createRequire(pathToFileURL(`${folder}/`)).resolve;
const { LLMock } = await import(pathToFileURL(resolve("@copilotkit/aimock")));

const mock = new LLMock({ port: 0, host: "127.0.0.1", logLevel: "silent", journalMaxEntries: 0 });
mock.onMessage(/./s, async (request) => {
  const response = await fetch(`${upstream}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: request.model, messages: request.messages }),
  });
  const answer = await response.json();
  return { content: answer.choices[0].message.content };
});
mock.setChaos(JSON.parse(chaos));
console.log(await mock.start());
