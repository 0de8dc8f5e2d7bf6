// Loaded before the emulator: whatever it asks for, it listens on loopback alone.
const net = require("node:net");
const { listen } = net.Server.prototype;
net.Server.prototype.listen = function (first, ...rest) {
  if (first !== null && typeof first === "object") {
    return listen.call(this, { ...first, host: "127.0.0.1" }, ...rest);
  }
  const others = rest.filter((value) => typeof value === "function");
  return listen.call(this, { port: Number(first), host: "127.0.0.1" }, ...others);
};
