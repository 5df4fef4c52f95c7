// The baseline for notifications: a queue as bots of this kind have it. It lives in memory, takes what comes over HTTP at
// once, counts a message as sent when the socket has taken it, tries five times, and drops it then.
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

const MAX_ATTEMPTS = 5;
const PAUSE_MS = 1000;

/** `POST` with `{to, text}` puts a message in line; `send` is given one after the other. */
export const serveQueue = (port, send) => {
  const queue = [];
  let isWorking = false;
  const work = async () => {
    if (isWorking) return;
    isWorking = true;
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      try {
        await send(job.to, job.text);
      } catch {
        job.attempts += 1;
        if (job.attempts < MAX_ATTEMPTS) queue.unshift(job);
        await pause(PAUSE_MS * job.attempts);
      }
    }
    isWorking = false;
  };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      queue.push({ ...JSON.parse(body), attempts: 0 });
      response.writeHead(202).end();
      void work();
    });
  });
  server.listen(Number(port), "127.0.0.1");
};
