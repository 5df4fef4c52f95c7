/** Parent and child come from one build; this catches a mixed deployment before it does harm. */
export const PROTOCOL_VERSION = 1;
