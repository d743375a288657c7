import * as path from 'node:path';
import { PassThrough, Writable } from 'node:stream';

type Cli = typeof import('../../ops/cli');

/** Columns of the help texts: those of a code block on the site. */
const COLUMNS = 72;

/** The page of every command with its help, as `--help` prints it. */
export async function commandsPage(root: string): Promise<string> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- as ops/seda.cjs loads it: it looks for files beside its own
  const { runTypeScript } = require(path.join(root, 'ops/load.cjs')) as {
    runTypeScript(file: string): unknown;
  };
  const cli = runTypeScript(path.join(root, 'ops/cli.ts')) as Cli;
  const sections: string[] = [];
  const add = async (words: readonly string[]): Promise<void> => {
    const help = await helpOf(cli, root, words);
    sections.push(
      `## seda${words.map((word) => ` ${word}`).join('')}\n\n\`\`\`text\n${help}\n\`\`\``,
    );
    for (const verb of verbsIn(help)) await add([...words, verb]);
  };
  await add([]);
  return [
    '# Commands',
    'What `seda --help` and the help of every command print.',
    ...sections,
  ].join('\n\n');
}

/** The commands that a help text lists, without `help` itself. */
function verbsIn(help: string): string[] {
  const [, list = ''] = /^Commands:\n((?: {2}.*\n?)*)/m.exec(help) ?? [];
  return [...list.matchAll(/^ {2}([a-z]+)/gm)]
    .map(([, verb]) => verb!)
    .filter((verb) => verb !== 'help');
}

async function helpOf(
  { run, systemClock }: Cli,
  root: string,
  words: readonly string[],
): Promise<string> {
  let text = '';
  const stdout = Object.assign(
    new Writable({
      write: (chunk, _, done) => {
        text += String(chunk);
        done();
      },
    }),
    { isTTY: true, columns: COLUMNS },
  );
  const code = await run([...words, '--help'], {
    cwd: root,
    env: { NO_COLOR: '1' },
    stdin: new PassThrough(),
    stdout,
    stderr: stdout,
    kubectl: ['kubectl'],
    clock: systemClock,
    onInterrupt: () => () => {},
  });
  if (code !== 0 || text === '') throw new Error(`seda ${words.join(' ')} has no help: ${text}`);
  return text.trimEnd();
}
