import { argocdNotes, withRender } from './dist';
import { projectRoot, runApp } from './project';

export interface SynthOptions {
  /** Compare and change nothing. */
  readonly check: boolean;
  readonly print: (line: string) => void;
  /** Takes the faults of the app. */
  readonly fault: (text: string) => void;
}

/**
 * Renders the project and replaces `dist/` only when every environment is good.
 *
 * @returns false when the app has faults, which have been said, or when a check finds a difference
 */
export function synth(cwd: string, { check, print, fault }: SynthOptions): boolean {
  const root = projectRoot(cwd);
  return withRender(
    root,
    (folder) => runApp(root, folder, fault),
    (rendered) => {
      if (!rendered) return false;
      for (const line of [...rendered.changes, ...(check ? [] : argocdNotes(rendered.changes))])
        print(line);
      if (rendered.changes.length === 0) print('dist/ is up to date');
      else if (!check) rendered.keep();
      return !check || rendered.changes.length === 0;
    },
  );
}
