import { constants } from 'node:os';
import type { Kubectl } from './kubectl';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Does work that Ctrl-C ends in order: the calls that run are ended, what is held is given back, and the reason
 * is said. A second Ctrl-C ends the process at once.
 */
export async function interruptible<T>(kubectl: Kubectl, work: () => Promise<T>): Promise<T> {
  const interrupt = (signal: (typeof SIGNALS)[number]) => {
    if (kubectl.signal.aborted) process.exit(128 + constants.signals[signal]);
    kubectl.close();
  };
  // Not `once`: the library that runs processes ends this one when it finds no other listener.
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    return await work();
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, interrupt);
  }
}
