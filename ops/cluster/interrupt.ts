import type { Io } from '../io';
import type { Kubectl } from './kubectl';

/**
 * Does work that Ctrl-C ends in order: the calls that run are ended, what is held is given back, and the reason
 * is said. A second Ctrl-C ends the process at once.
 */
export async function interruptible<T>(
  { onInterrupt }: Pick<Io, 'onInterrupt'>,
  kubectl: Kubectl,
  work: () => Promise<T>,
): Promise<T> {
  const end = onInterrupt(() => kubectl.close());
  try {
    return await work();
  } finally {
    end();
  }
}
