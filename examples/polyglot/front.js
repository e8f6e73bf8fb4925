// Asks the others and shows what they say. It works in any order of starts, and with none of them.
const http = require("node:http");

const { PORT } = process.env;

async function ask(name) {
  const port = process.env[`PYFOREMAN_PROCESS_${name.toUpperCase()}_PORT`];
  try {
    const answer = await fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(2000) });
    return `${name}: ${await answer.text()}`;
  } catch {
    return `${name} is not there\n`;
  }
}

const server = http.createServer(async (request, response) => {
  console.log(request.method, request.url);
  const answers = await Promise.all(["web", "python", "ruby"].map(ask));
  response.end(answers.join(""));
});

process.on("SIGTERM", () => {
  server.close(() => console.log("bye from Node"));
  // A browser opens connections that it may never use; close() would wait for them.
  setTimeout(() => server.closeAllConnections(), 1000).unref();
});

server.listen(PORT, "127.0.0.1", () => {
  console.log(`Node ${process.version} on http://127.0.0.1:${PORT}`);
});
