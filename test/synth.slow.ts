import * as fs from 'node:fs';
import { Project, RETIRED } from './kit';

test('what is committed is rendered in this process as in any other', async () => {
  const project = Project.asCommitted();
  const committed = project.files('dist');
  fs.rmSync(project.path('dist'), { recursive: true });
  expect(await project.seda(['synth'])).toMatchObject({ code: 0, stderr: '' });
  expect(await project.seda(['synth'])).toEqual({
    code: 0,
    // Settings may wait for the next release at any time.
    stdout: expect.stringMatching(
      /^(.+: waits for the next release: .+\n)*(note: ingress-nginx .+\n)?dist\/ is up to date\n$/,
    ),
    stderr: '',
  });
  expect(project.files('dist')).toEqual(committed);
});

describe('preview', () => {
  let project: Project;
  beforeEach(async () => {
    project = await Project.onFirstDay();
  });
  const seda = (...args: string[]) => project.seda(args);
  const dist = () => project.files('dist');

  const IMAGE = `ghcr.io/seda-fm/seda-api:pr-12@sha256:${'b'.repeat(64)}`;
  const FILES = ['00-namespace', '10-config', '20-api', '30-traffic'].map(
    (name) => `dist/preview-12/${name}.k8s.yaml`,
  );
  const next = 'next: commit dist/preview-12 to the branch preview/12, and to no other\n';

  test('renders one environment beside the others, again only when it changes, and the next synth takes it away', async () => {
    const before = dist();
    expect(await seda('preview', '12', '--image', IMAGE)).toEqual({
      code: 0,
      stderr: '',
      stdout: `${FILES.map((file) => `added    ${file}\n`).join('')}${next}`,
    });
    expect(dist()).toMatchObject(before);
    expect(dist()['preview-12/20-api.k8s.yaml']).toContain(`image: ${IMAGE}\n`);
    expect(await seda('preview', '12', '--image', IMAGE)).toEqual({
      code: 0,
      stderr: '',
      stdout: `dist/preview-12 is up to date\n${next}`,
    });
    expect(
      await seda('preview', '12', '--image', IMAGE.replace(/b{64}/, 'c'.repeat(64))),
    ).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('changed  dist/preview-12/20-api.k8s.yaml\n'),
    });
    expect(await seda('synth')).toEqual({
      code: 0,
      stderr: '',
      stdout: `${RETIRED}${FILES.map((file) => `removed  ${file}\n`).join('')}`,
    });
    expect(dist()).toEqual(before);
    expect(project.leftovers()).toEqual([]);
  });

  test.each([
    [
      ['preview', 'twelve', '--image', IMAGE],
      2,
      "error: command-argument value 'twelve' is invalid for argument 'number'. expected the number of a pull request.\n",
    ],
    [['preview', '12'], 2, "error: required option '--image <ref>' not specified\n"],
    [
      ['preview', '12', '--image', 'ghcr.io/seda-fm/seda-api:pr-12'],
      1,
      'image has no digest, got "ghcr.io/seda-fm/seda-api:pr-12", expected ghcr.io/seda-fm/seda-api:TAG@sha256:DIGEST; take it from the registry or the build\'s output\n',
    ],
  ])('bad input: %j', async (args, code, stderr) => {
    const before = dist();
    expect(await seda(...args)).toEqual({ code, stdout: '', stderr });
    expect(dist()).toEqual(before);
  });
});
