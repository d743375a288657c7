import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Block, blocksOf, type Command, commandsOf, editOf, wordsOf } from './documents';
import { Project, ROOT } from './kit';

const page = (file: string): Block[] => blocksOf(fs.readFileSync(path.join(ROOT, file), 'utf8'));

/** Names with a hash of their content change with every change of the content. */
const withoutHashes = (text: string): string => text.replace(/-[0-9a-f]{10}\b/g, '-HASH');

/** Runs what the pages say, in one clone, and compares what is printed with what they say. */
class Reader {
  private constructor(private readonly project: Project) {}

  /** A fresh clone on the first day, with everything committed and a remote. */
  static async start(): Promise<Reader> {
    const project = await Project.onFirstDay();
    const { stdout } = await project.seda('graph production');
    project.write('docs/production.svg', stdout);
    project.commit('first day');
    project.git('init', '--quiet', '--bare', path.join(project.outside, 'origin'));
    project.git('remote', 'add', 'origin', path.join(project.outside, 'origin'));
    return new Reader(project);
  }

  /** Follows a block. What says "commit these files" is committed, unless `last` is reached. */
  async follow(block: Block, stopBeforeCommitOf?: (command: Command) => boolean): Promise<boolean> {
    if (block.language === 'diff') return this.edit(block);
    for (const command of commandsOf(block)) {
      const printed = await this.run(command.command);
      if (block.language === 'console')
        expect(`$ ${command.command}\n${withoutHashes(printed.trim())}`).toBe(
          `$ ${command.command}\n${withoutHashes(command.output)}`,
        );
      if (stopBeforeCommitOf?.(command)) return true;
      if (/^next: commit these files/m.test(printed)) this.commit();
    }
    return false;
  }

  /** The README's steps "Add an environment", done as they say. */
  async addsAnEnvironment(): Promise<void> {
    const { project } = this;
    const source = project
      .read('environments/qa.ts')
      .replaceAll('seda-qa', 'seda-staging')
      .replaceAll('api-qa', 'api-staging')
      .replace("name: 'qa'", "name: 'staging'")
      .replace('const qa', 'const staging')
      .replace('your-qa-project-ref', 'stagingstagingstagin');
    project.write('environments/staging.ts', source);
    project.write(
      'environments/staging.release.yaml',
      project.read('environments/qa.release.yaml'),
    );
    project.edit(
      'environments/index.ts',
      'import { qa }',
      "import { staging } from './staging';\nimport { qa }",
    );
    project.edit('environments/index.ts', /(environments: .* = \[.*)\]/, '$1, staging]');
    expect(await project.seda('synth')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('added    dist/argocd/staging.k8s.yaml\n'),
    });
    expect(await project.seda('check --base HEAD')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('staging: is a new environment\n'),
    });
    this.commit();
  }

  commit(): void {
    this.project.commit('as the page says');
  }

  /** An edit of a source is made; one of dist/ must be what the commands above it have made. */
  private edit(block: Block): false {
    const { file, from, to } = editOf(block);
    if (file.startsWith('dist/')) expect(this.project.read(file)).toContain(to);
    else this.project.edit(file, from, to);
    return false;
  }

  private async run(command: string): Promise<string> {
    const [program, ...args] = wordsOf(command);
    if (program === 'git') return this.project.git(...args);
    expect([program, args[0]]).toEqual(['npx', 'seda']);
    const { stdout, stderr } = await this.project.seda(args.slice(1));
    return stdout + stderr;
  }
}

const promotionOfTheNext = ({ command, output }: Command): boolean =>
  command.includes('release promote') && output.includes('to blue 1.5.0');

test('the README and the pages it leads to print what they say, command by command, from a fresh clone', async () => {
  const reader = await Reader.start();
  const release = page('docs/release.md');
  let checked = 0;
  const replayed = page('README.md').filter(
    ({ section, language }) =>
      ['Change an environment', 'Release'].includes(section) &&
      ['diff', 'console'].includes(language),
  );
  for (const block of replayed) {
    const stopped = await reader.follow(block, checked === 0 ? promotionOfTheNext : undefined);
    if (!stopped) continue;
    // docs/release.md shows the check and the diff of exactly this step.
    for (const shown of release.filter(({ section }) => section === 'The check before the merge')) {
      await reader.follow(shown);
      checked += 1;
    }
    reader.commit();
  }
  expect(checked).toBe(2);
  const commands = replayed.filter(({ language }) => language === 'console').flatMap(commandsOf);
  expect(commands.map(({ command }) => command.split(' ')[3])).toEqual(
    expect.arrayContaining(['stage', 'promote', 'rollback', 'retire']),
  );
  for (const block of release.filter(({ section }) => section === 'Secrets'))
    await reader.follow(block);
  // A page that says something else is found out.
  const other = {
    language: 'console',
    section: '',
    lines: ['$ npx seda synth', 'changed  dist/x'],
  };
  await expect(reader.follow(other)).rejects.toThrow('dist/ is up to date');

  await reader.addsAnEnvironment();
  for (const block of page('docs/argocd.md').filter(({ lines }) =>
    lines.some((line) => line.startsWith('npx seda preview')),
  ))
    await reader.follow(block);
});
