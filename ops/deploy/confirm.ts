import confirm from '@inquirer/confirm';

/**
 * Asks the person at the terminal; Ctrl-C is a no.
 *
 * @throws Error when there is nobody to ask
 */
export async function confirmed(
  message: string,
  { json }: { readonly json?: boolean },
): Promise<boolean> {
  if (!process.stdin.isTTY || json)
    throw new Error('nobody can be asked here; give --yes once you have seen the plan');
  try {
    return await confirm({ message, default: false });
  } catch (error) {
    if ((error as Error).name === 'ExitPromptError') return false;
    throw error;
  }
}
