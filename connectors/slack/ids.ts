/** What the parts of our messages and forms are called, so that a press can be told from every other. */
export const pressIds = {
  claim: 'alert.claim',
  createTask: 'alert.create_task',
  snooze: 'alert.snooze',
  dismiss: 'alert.dismiss',
  /** Buttons that only open an address: Slack reports them, and nothing is done. */
  open: 'alert.open',
} as const;

export const taskForm = {
  callback: 'alert.task',
  subject: { block: 'subject', action: 'subject' },
  due: { block: 'due', action: 'due' },
} as const;

export const COMMAND = '/baton';

/** Slack wants another block id for every version of a message. Neither part says anything of the visitor. */
export const offersId = (alert: { id: string; version: number }): string => `alert:${alert.id}:${alert.version}`;
export const alertIdOf = (blockId: unknown): string | undefined =>
  typeof blockId === 'string' ? /^alert:(.+):\d+$/.exec(blockId)?.[1] : undefined;
