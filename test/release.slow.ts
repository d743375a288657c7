import * as fs from 'node:fs';
import { image } from './fixtures';
import { Project } from './kit';

describe('seda release', () => {
  let project: Project;
  const seda = (...args: string[]) => project.seda(['release', ...args]);
  const read = (file: string) => project.read(file);
  const git = (...args: string[]) => project.git(...args);
  const check = (...args: string[]) => project.seda(['check', ...args]);
  /** Lines that differ between two texts of equal length. */
  const changed = (before: string, after: string) =>
    after.split('\n').filter((line, index) => line !== before.split('\n')[index]);

  beforeAll(async () => {
    project = await Project.onFirstDay();
  });

  test('draws the picture of the environment again, where the documents show it', async () => {
    expect((await seda('stage', 'qa', '--image', image('9.0.0'))).stdout).not.toContain('docs/');
    project.write('docs/qa.svg', '');
    const { stdout } = await seda('stage', 'qa', '--image', image('9.0.1'));
    expect(stdout.trimEnd().split('\n').slice(-2)).toEqual([
      'changed  docs/qa.svg',
      'next: commit these files; merge',
    ]);
    expect(read('docs/qa.svg')).toBe((await project.seda('graph qa')).stdout);
    expect(read('docs/qa.svg')).toContain('>image seda-api:9.0.1</text>');
    expect((await seda('stage', 'qa', '--image', image('9.0.2'), '--dry-run')).code).toBe(0);
    expect(read('docs/qa.svg')).not.toContain('9.0.2');
    // What was released stays so, whatever becomes of its picture.
    fs.rmSync(project.path('docs/qa.svg'));
    fs.mkdirSync(project.path('docs/qa.svg'));
    const undrawn = await seda('stage', 'qa', '--image', image('9.0.3'));
    expect(undrawn).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('docs/qa.svg was not drawn again: EISDIR'),
    });
    expect(undrawn.stdout).toMatch(/next: commit these files; merge\n$/);
    fs.rmSync(project.path('docs'), { recursive: true });
  });

  test('carries an image from qa to production, and back', async () => {
    expect(await seda('stage', 'qa', '--image', image('9.1.0'))).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(await seda('stage', 'production', '--from', 'qa')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('takes images from sandbox'),
    });
    expect(await seda('stage', 'sandbox', '--from', 'qa')).toMatchObject({ code: 0 });

    const record = read('environments/production.release.yaml');
    const dry = await seda('stage', 'production', '--from', 'sandbox', '--dry-run');
    expect(dry).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing was written: this was a dry run\n'),
    });
    expect(read('environments/production.release.yaml')).toBe(record);

    project.commit('before');
    const staged = await seda('stage', 'production', '--from', 'sandbox');
    // What a reviewer reads: few lines in the record, and in dist/ the idle colour alone.
    expect(
      git('diff', '--numstat', '--', 'environments')
        .split('\t')
        .slice(0, 2)
        .map(Number)
        .reduce((sum, lines) => sum + lines),
    ).toBeLessThanOrEqual(12);
    expect(
      git('diff', '--name-only')
        .split('\n')
        .filter(
          (file) =>
            file &&
            !/^(environments\/production\.release|dist\/production\/(00-namespace|10-config|20-api)\.k8s)\.yaml$/.test(
              file,
            ),
        ),
    ).toEqual([]);
    expect(await check('--base', 'HEAD')).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('is staged with 9.1.0; traffic stays on'),
    });
    project.commit('stage');
    expect(staged.stdout).toMatch(
      /^production: (blue|green) is staged with 9\.1\.0; traffic stays on (blue|green) /,
    );
    const traffic = read('dist/production/30-traffic.k8s.yaml');
    const warm = read('environments/production.release.yaml');
    expect(warm.split('\n').filter((line) => line.startsWith('#'))).toEqual(
      record.split('\n').filter((line) => line.startsWith('#')),
    );

    expect(await seda('promote', 'production')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('changed  dist/production/30-traffic.k8s.yaml\n'),
    });
    const promoted = read('environments/production.release.yaml');
    expect(changed(warm, promoted)).toEqual([expect.stringMatching(/^active: /)]);
    expect(changed(traffic, read('dist/production/30-traffic.k8s.yaml'))).toEqual([
      expect.stringContaining('version: '),
      expect.stringContaining('version: '),
    ]);
    // One line of the record, one selector a switched Service, and the waves that the colours exchange: nothing else.
    expect(git('diff', '--numstat', '--', 'environments')).toBe(
      '1\t1\tenvironments/production.release.yaml\n',
    );
    const lines = git('diff', '--unified=0', '--', 'dist')
      .split('\n')
      .filter((line) => /^\+ /.test(line))
      .map((line) => line.slice(1).trim());
    expect(lines.filter((line) => /^version: (blue|green)$/.test(line))).toHaveLength(2);
    expect(lines.filter((line) => line.startsWith('argocd.argoproj.io/sync-wave: '))).toHaveLength(
      4,
    );
    expect(lines).toHaveLength(6);
    expect(await seda('promote', 'production')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing is staged'),
    });
    expect(await check('--base', 'HEAD')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('production: traffic moves from '),
    });
    // An environment keeps its namespace when its folder gets another name, or was one file in an older layout.
    const moved = (from: string, to: string) =>
      fs.renameSync(project.path(`dist/${from}`), project.path(`dist/${to}`));
    moved('qa', 'testing');
    const { code, stdout } = await check('--base', 'HEAD');
    expect(stdout).toContain('testing: was called qa\n');
    // What is rendered is the same; what applies it still looks into the old folder.
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining(
        'argocd: refused, file-not-applied: Application/seda-qa: it applies dist/qa, in which nothing is rendered; ',
      ),
    ]);
    moved('testing', 'qa');
    expect(await check('--base', 'nowhere')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'git has no commit "nowhere"; expected a branch, a tag or a commit; to see the branches: git branch --all\n',
    });

    // Another release makes the outgoing colour a real one, to which a rollback leads.
    project.commit('promote');
    await seda('stage', 'qa', '--image', image('9.2.0'));
    await seda('stage', 'sandbox', '--from', 'qa');
    expect(await seda('stage', 'production', '--from', 'sandbox', '--promote')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('9.2.0; back: seda release rollback production'),
    });
    const { verdicts } = JSON.parse((await check('--base', 'HEAD', '--json')).stdout);
    expect(
      verdicts.find(({ environment }: { environment: string }) => environment === 'production')
        .refusals,
    ).toContainEqual(expect.objectContaining({ rule: 'colour-not-staged' }));
    const served = read('dist/production/20-api.k8s.yaml');
    expect(await seda('rollback', 'production')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('9.1.0; forward again'),
    });
    expect(await seda('promote', 'production')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('9.2.0 was rolled back; '),
    });
    expect((await seda('status', 'production')).stdout).toContain(' rolled back ');
    expect(await seda('promote', 'production', '--again')).toMatchObject({ code: 0 });
    expect(read('dist/production/20-api.k8s.yaml')).toBe(served);
    expect(await seda('retire', 'production')).toMatchObject({ code: 0 });
    expect(await seda('rollback', 'production')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('has no pods; warm it first: '),
    });

    const status = JSON.parse((await seda('status', 'production', '--json')).stdout);
    expect(status[0].differs).toContain('image');
    expect((await seda('status', 'production')).stdout).toContain(
      'production: the colours differ in ',
    );
    expect(status[0].slots.map(({ role }: { role: string }) => role).sort()).toEqual([
      'empty',
      'serves',
    ]);
  });

  test('a contraction is one on the whole way to production, and waits there for the release that expanded', async () => {
    const migration = (file: string) =>
      /^ *migration: (\w+)$/m.exec(read(`environments/${file}.release.yaml`))?.[1];
    const bring = async (version: string, ...args: string[]) => {
      await seda('stage', 'qa', '--image', image(version), ...args);
      await seda('stage', 'sandbox', '--from', 'qa');
      return seda('stage', 'production', '--from', 'sandbox');
    };
    expect(await bring('9.4.0')).toMatchObject({ code: 0 });
    expect(await bring('9.5.0', '--migration', 'contract')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /^production: \w+ 9\.2\.0, release \d+, is older than release \d+, which expanded the schema, and may need what a contraction takes away; /,
      ),
    });
    expect(['qa', 'sandbox'].map(migration)).toEqual(['contract', 'contract']);
    // Whoever knows better says so, in words.
    expect(
      await seda('stage', 'production', '--from', 'sandbox', '--migration', 'none', '--dry-run'),
    ).toMatchObject({ code: 0 });
    await seda('promote', 'production');
    expect(await seda('stage', 'production', '--from', 'sandbox')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('is staged with 9.5.0'),
    });
    expect(read('environments/production.release.yaml')).toContain('migration: contract');
    expect(read('dist/production/20-api.k8s.yaml')).toContain('seda.fm/migration: contract');
  });

  test('a fault leaves record and dist/ as they were', async () => {
    const before = [read('environments/qa.release.yaml'), read('dist/qa/20-api.k8s.yaml')];
    const settings = read('environments/sandbox.ts');
    project.edit('environments/sandbox.ts', /domain: '[^']+'/, "domain: 'API'");
    expect(await seda('stage', 'qa', '--image', image('9.3.0'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('sandbox: domain has upper-case letters'),
    });
    project.write('environments/sandbox.ts', settings);
    expect([read('environments/qa.release.yaml'), read('dist/qa/20-api.k8s.yaml')]).toEqual(before);
  });

  test.each([
    [
      ['stage', 'nowhere', '--image', 'x'],
      2,
      'unknown environment "nowhere", expected one of development, qa, sandbox, production\n',
    ],
    [['stage', 'qa'], 2, 'nothing to stage: give --image REF or --from ENV\n'],
    [['promote'], 2, "error: missing required argument 'env'\n"],
    [
      ['stage', 'qa', '--image', 'x', '--from', 'sandbox'],
      2,
      "error: option '--image <ref>' cannot be used with option '--from <env>'\n",
    ],
  ])('%j', async (args, code, stderr) =>
    expect(await seda(...(args as string[]))).toEqual({ code, stdout: '', stderr }),
  );
});
