// Jest's environment for Node, which forgets after each test file what that would leave to slow down the next ones.
//
// Jest and Baileys make an AsyncLocalStorage for each test file, and Node 20 and 22 call every one that was ever used at
// the birth of each promise, in all of the process. After a hundred files that took most of the time of a worker.
import { AsyncLocalStorage } from "node:async_hooks";
import { TestEnvironment } from "jest-environment-node";

const used = new Set();

for (const name of ["run", "enterWith"]) {
  const method = AsyncLocalStorage.prototype[name];
  AsyncLocalStorage.prototype[name] = function use(...args) {
    used.add(this);
    return Reflect.apply(method, this, args);
  };
}

export default class ForgetfulEnvironment extends TestEnvironment {
  async teardown() {
    await super.teardown();
    for (const storage of used) storage.disable();
    used.clear();
  }
}
