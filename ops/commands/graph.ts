import { type Command, Option } from 'commander';
import type { PictureFormat } from '../graph';
import type { Session } from './session';

/** Adds `graph`. */
export function addGraph(seda: Command, session: Session): void {
  seda
    .command('graph')
    .description(
      'draw an environment from dist/: the way in, what runs, what it talks to and which secrets it reads',
    )
    .argument('<env>', 'the environment')
    .addOption(
      new Option('--format <format>', 'how to write it').choices(['svg', 'mermaid']).default('svg'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  seda graph production > production.svg\n  seda graph qa --format mermaid',
    )
    .action(async (name: string, { format }: { format: PictureFormat }) => {
      const { graph } = await import('../graph');
      session.io.stdout.write(await graph(session.io.cwd, name, format));
    });
}
