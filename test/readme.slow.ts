import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Block, type Command, commandsOf, editOf, wordsOf } from './documents';
import { Project, ROOT, runProgram } from './kit';
import { blocksOfPage, hasCommands, STORIES } from './story';

/** Names with a hash of their content change with every change of the content. */
const withoutHashes = (text: string): string => text.replace(/-[0-9a-f]{10}\b/g, '-HASH');

/** Commands that look at a step before it is committed. */
const LOOKS = /^npx seda (check|diff)\b/;

/** Runs what pages say, in one clone, and compares what is printed with what they say. */
class Reader {
  /** What the last command has changed is not committed yet. */
  private uncommitted = false;
  /** Blocks with commands that were followed. */
  followed = 0;

  private constructor(private readonly project: Project) {}

  /** A fresh clone on the first day, with everything committed and a remote. */
  static async start(): Promise<Reader> {
    const project = await Project.onFirstDay();
    const { stdout } = await project.seda('graph production');
    project.write('docs/production.svg', stdout);
    fs.cpSync(path.join(ROOT, 'test/first-day'), project.path('test/first-day'), {
      recursive: true,
    });
    project.commit('first day');
    project.git('init', '--quiet', '--bare', path.join(project.outside, 'origin'));
    project.git('remote', 'add', 'origin', path.join(project.outside, 'origin'));
    return new Reader(project);
  }

  /** Follows the pages, block by block. */
  async read(pages: readonly string[]): Promise<void> {
    for (const page of pages) {
      await this.prepare(page);
      for (const block of blocksOfPage(page)) await this.follow(block);
    }
    this.commit();
  }

  async follow(block: Block): Promise<void> {
    if (block.language === 'diff') return this.edit(block);
    if (!hasCommands(block) || block.needs !== undefined) return;
    for (const command of commandsOf(block)) await this.give(command, block.language);
    this.followed += 1;
  }

  /** What the readers of a page have done that it does not say. */
  private async prepare(page: string): Promise<void> {
    const { project } = this;
    // The page of alerts has rolled back.
    if (page === 'docs/rollback.md')
      await this.give({ command: 'npx seda release promote production --again', output: '' }, 'sh');
    if (page === 'docs/share-traffic.md') {
      project.edit(
        'environments/production.ts',
        "{ kind: 'ingress-nginx', className: 'nginx' }",
        "{ kind: 'gateway-api', implementation: 'envoy-gateway', gateway: { name: 'public', namespace: 'gateways' } }",
      );
      for (const [tag, next] of [
        ['1.4.2', ['promote', 'retire']],
        ['1.5.0', []],
      ] as const) {
        const image = `ghcr.io/seda-fm/seda-api:${tag}@sha256:${tag.replace(/\D/g, '').padEnd(64, 'a')}`;
        await this.run(`npx seda release stage qa --image ${image}`);
        await this.run('npx seda release stage sandbox --from qa');
        await this.run('npx seda release stage production --from sandbox');
        for (const verb of next) await this.run(`npx seda release ${verb} production`);
        project.commit(`release ${tag}`);
      }
    }
    if (page === 'docs/conflicts.md') {
      // Two branches change one record: main drops the staged release that the other one replaces.
      this.commit();
      const branch = project.git('branch', '--show-current').trim();
      await this.run('npx seda release abort production');
      project.commit('main');
      project.git('push', '--quiet', 'origin', 'HEAD:main');
      project.git('fetch', '--quiet');
      project.git('reset', '--quiet', '--hard', 'HEAD~1');
      await this.run('npx seda release stage production --from sandbox');
      project.commit(branch);
    }
  }

  /** An edit of a source is made; one of dist/ must be what the commands above it have made. */
  private async edit(block: Block): Promise<void> {
    const { file, from, to } = editOf(block);
    if (file.startsWith('dist/')) {
      expect(this.project.read(file)).toContain(to);
      return;
    }
    this.commit();
    this.project.edit(file, from, to);
  }

  private async give({ command, output }: Command, language: string): Promise<void> {
    if (command.startsWith('npx seda ') && !LOOKS.test(command)) this.commit();
    const { code, printed } = await this.run(command);
    if (language === 'console')
      expect(`$ ${command}\n${withoutHashes(printed.trim())}`).toBe(
        `$ ${command}\n${withoutHashes(output)}`,
      );
    else expect(code === 0 ? '' : `$ ${command}\n${printed}`).toBe('');
    if (command.startsWith('git commit')) this.uncommitted = false;
    else if (/^(next: commit these files|(changed|added|removed) )/m.test(printed))
      this.uncommitted = true;
    // The steps of "Add an environment" between the copies and the render are words.
    if (command.includes('staging.release.yaml')) this.addStaging();
  }

  private commit(): void {
    if (this.uncommitted) this.project.commit('as the page says');
    this.uncommitted = false;
  }

  /** Steps 2 and 3 of "Add an environment". */
  private addStaging(): void {
    const { project } = this;
    for (const [from, to] of [
      [/seda-qa/g, 'seda-staging'],
      [/api-qa/g, 'api-staging'],
      ["name: 'qa'", "name: 'staging'"],
      ['const qa', 'const staging'],
      ['your-qa-project-ref', 'stagingstagingstagin'],
    ] as const)
      project.edit('environments/staging.ts', from, to);
    project.edit(
      'environments/index.ts',
      'import { qa }',
      "import { staging } from './staging';\nimport { qa }",
    );
    project.edit('environments/index.ts', /(environments: .* = \[.*)\]/, '$1, staging]');
  }

  private async run(command: string): Promise<{ code: number; printed: string }> {
    const { project } = this;
    const [program, ...args] = wordsOf(command);
    if (program === 'git' && args[0] === 'merge') {
      // It stops at the conflict, which the page is about.
      expect(() => project.git(...args)).toThrow(/./);
      expect(project.git('status', '--short')).toMatch(/^(UU|DU|UD) environments\/production/m);
      return { code: 0, printed: '' };
    }
    if (program === 'git') return { code: 0, printed: project.git(...args) };
    if (command === 'npm run picture') {
      project.write('docs/production.svg', (await project.seda('graph production')).stdout);
      return { code: 0, printed: '' };
    }
    if (['npx', 'npm'].includes(program!)) {
      const words = command === 'npm run synth' ? ['synth'] : args.slice(1);
      expect(command).toMatch(/^(npx seda |npm run synth$)/);
      const { code, stdout, stderr } = await project.seda(words);
      return { code, printed: stdout + stderr };
    }
    expect(['cp', 'rm']).toContain(program);
    const { code, stdout, stderr } = await runProgram(['sh', '-c', command], { cwd: project.root });
    return { code, printed: stdout + stderr };
  }
}

test.each(STORIES.map((pages) => [pages[0]!, pages] as const))(
  '%s and the pages after it print what they say, command by command, from a fresh clone',
  async (_, pages) => {
    const reader = await Reader.start();
    await reader.read(pages);
    const toRun = pages
      .flatMap(blocksOfPage)
      .filter((block) => hasCommands(block) && block.needs === undefined);
    expect(toRun.length).toBeGreaterThan(1);
    expect(reader.followed).toBe(toRun.length);
    // A page that says something else is found out.
    const other = {
      language: 'console',
      section: '',
      lines: ['$ npx seda synth', 'changed  dist/x'],
    };
    await expect(reader.follow(other)).rejects.toThrow('dist/ is up to date');
    const bad = { language: 'sh', section: '', lines: ['npx seda release promote qa'] };
    await expect(reader.follow(bad)).rejects.toThrow('$ npx seda release promote qa');
  },
);
