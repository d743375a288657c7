import confirm from '@inquirer/confirm';
import type { Io } from '../io';

/**
 * Asks the person at the terminal; Ctrl-C is a no.
 *
 * @throws Error when there is nobody to ask
 */
export async function confirmed(
  { stdin, stdout }: Pick<Io, 'stdin' | 'stdout'>,
  message: string,
  { json }: { readonly json?: boolean },
): Promise<boolean> {
  if (!stdin.isTTY || json)
    throw new Error('nobody can be asked here; give --yes once you have seen the plan');
  try {
    return await confirm({ message, default: false }, { input: stdin, output: stdout });
  } catch (error) {
    if ((error as Error).name === 'ExitPromptError') return false;
    throw error;
  }
}
