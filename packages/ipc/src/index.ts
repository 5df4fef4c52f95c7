export { createChannel } from "./channel.ts";
export type { Channel, ChannelOptions, RequestOptions } from "./channel.ts";
export { defineEvent, defineRequest } from "./define.ts";
export type { Definition, Direction, EventDefinition, RequestDefinition } from "./define.ts";
export { linkPorts } from "./linked-ports.ts";
export type { LinkedPorts } from "./linked-ports.ts";
export type { Port } from "./port.ts";
export { createProcessPort } from "./process-port.ts";
export type { IpcEndpoint } from "./process-port.ts";
