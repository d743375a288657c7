import { API } from './api';
import {
  colour as colourOf,
  GATEWAY,
  image,
  PLACEHOLDER_IMAGE,
  production,
  qa,
} from '../test/fixtures';
import type { BlueGreenRelease, Release, SedaEnvironment } from './environment';
import { renderEnvironment } from './render';
import {
  abort,
  promote,
  retire,
  rollback,
  shift,
  stage,
  stageAndPromote,
  type StepResult,
} from './release-steps';

const colour = (version: string, release: number, replicas = production.replicas) =>
  colourOf(version, release, { replicas });
const start: BlueGreenRelease = {
  active: 'blue',
  blue: colour('1.4.2', 4),
  green: colour('1.4.1', 3, 0),
};

const stageIn = (release: Release, version: string) =>
  stage({ environment: production, release, image: image(version), sourceImage: image(version) });
const step = (run: typeof promote, release: Release) => run({ environment: production, release });
/** The record after a step that must succeed. */
const after = (result: StepResult) => {
  if (result.kind !== 'done') throw new Error(`${result.kind}: ${result.sentence}`);
  return result.release as BlueGreenRelease;
};

describe('a release, from stage to retire', () => {
  const staged = after(stageIn(start, '1.5.0'));
  const promoted = after(step(promote, staged));

  test('stage touches the idle colour alone, with the settings of today, at full size', () => {
    expect(staged).toEqual({
      ...start,
      green: { ...colour('1.5.0', 5), migration: 'expand' },
      expandedIn: 5,
    });
    expect(stageIn(start, '1.5.0')).toMatchObject({
      sentence: 'production: green is staged with 1.5.0; traffic stays on blue 1.4.2',
    });
  });

  test('the settings of pods are staged whole, and an edit of them changes nothing that serves', () => {
    const resources = { requests: { cpu: '10m' }, limits: { memory: '32Mi' } };
    const proxy = { name: 'proxy', image: 'ghcr.io/seda-fm/proxy:1.0.0', resources };
    const pod = {
      nodeSelector: { pool: 'apis' },
      tolerations: [{ key: 'apis', operator: 'Exists' as const }],
      sidecars: [proxy],
    };
    const environment: SedaEnvironment = { ...production, pod };
    const texts = (release: BlueGreenRelease, edited = environment) => {
      const { files, faults } = renderEnvironment(edited, release);
      expect(faults).toEqual([]);
      return [...files];
    };
    expect(texts(start)).toEqual(texts(start, production));
    const taken = after(
      stage({ environment, release: start, image: image('1.5.0'), sourceImage: image('1.5.0') }),
    );
    expect([taken.blue.pod, taken.green.pod]).toEqual([undefined, pod]);
    expect(texts(taken, production)).toEqual(texts(taken));
  });

  test('stage says that a version of the secrets needs values that no pod has read yet', () => {
    const next = (release: Release, secretVersion?: number) =>
      (
        stage({
          environment: { ...production, secretVersion },
          release,
          image: image('1.5.0'),
          sourceImage: image('1.5.0'),
        }) as { next: string }
      ).next;
    const usual =
      'merge, look at the Service seda-api-preview, then: seda release promote production';
    expect(next(start)).toBe(usual);
    expect(next(start, 2)).toBe(
      `put what "seda secrets template production" lists into the store, then ${usual}`,
    );
    expect(next({ ...start, blue: { ...start.blue, secretVersion: 2 } }, 2)).toBe(usual);
  });

  test('a new key of the Secret reaches the colour that is staged alone, and no version that exists', () => {
    const keyed = { ...production, secretKeys: { STRIPE_KEY: 'stripe-key' } };
    const stageWith = (environment: SedaEnvironment, release: Release) =>
      stage({ environment, release, image: image('1.5.0'), sourceImage: image('1.5.0') });
    expect(after(stageWith(keyed, start))).toEqual({
      ...staged,
      green: { ...staged.green, secretKeys: { ...API.secretKeys, STRIPE_KEY: 'stripe-key' } },
    });
    expect(stageWith(keyed, start)).toMatchObject({
      next: expect.stringMatching(
        /^put what "seda secrets template production" lists into the store, then merge/,
      ),
    });
    const versioned = { ...start, blue: { ...start.blue, secretVersion: 2 } };
    expect(stageWith({ ...keyed, secretVersion: 2 }, versioned)).toEqual({
      kind: 'refused',
      sentence:
        'production: version 2 of the Secret, which blue reads, never gets a new key, got stripe-key; raise secretVersion in environments/production.ts as well',
    });
    expect(stageWith({ ...keyed, secretVersion: 3 }, versioned).kind).toBe('done');
  });

  test('promote changes which colour is active and nothing else', () => {
    expect(promoted).toEqual({ ...staged, active: 'green' });
    expect(step(promote, staged)).toMatchObject({
      sentence:
        'production: traffic moves from blue 1.4.2 to green 1.5.0; back: seda release rollback production',
    });
  });

  test('rollback is the exact inverse but for its mark, and promote goes forward again when it is told to', () => {
    const back = after(step(rollback, promoted));
    expect(back).toEqual({ ...staged, rolledBack: true });
    const files = (release: BlueGreenRelease) => renderEnvironment(production, release).files;
    expect(files(back)).toEqual(files(staged));
    expect(step(promote, back)).toEqual({
      kind: 'refused',
      sentence:
        'production: green 1.5.0 was rolled back; if what was wrong is not in it, promote it with: seda release promote production --again',
    });
    expect(after(promote({ environment: production, release: back, again: true }))).toEqual(
      promoted,
    );
  });

  test('what is staged or dropped after a rollback is no longer rolled back', () => {
    const back = after(step(rollback, promoted));
    expect(after(stageIn(back, '1.6.0'))).not.toHaveProperty('rolledBack');
    expect(after(step(abort, back))).not.toHaveProperty('rolledBack');
  });

  test('retire takes the pods of the outgoing colour', () => {
    expect(after(step(retire, promoted))).toEqual({
      ...promoted,
      blue: { ...promoted.blue, replicas: 0 },
    });
  });

  test('abort leaves an empty copy of what serves', () => {
    expect(after(step(abort, staged))).toEqual({
      ...start,
      green: { ...start.blue, release: 0, replicas: 0 },
      expandedIn: 5,
    });
  });
});

describe('a release that gets the requests step by step, behind a Gateway', () => {
  const environment: SedaEnvironment = { ...production, ingress: GATEWAY };
  const staged = after(stageIn(start, '1.5.0'));
  const share = (release: Release, percent: number, again = false) =>
    shift({ environment, release, percent, again });
  const few = after(share(staged, 5));
  const most = after(share(few, 75));

  test('changes two numbers, and the Service follows the larger one', () => {
    expect(few).toEqual({ ...staged, weights: { blue: 95, green: 5 } });
    expect(after(share(few, 50))).toEqual({ ...staged, weights: { blue: 50, green: 50 } });
    expect(most).toEqual({ ...staged, active: 'green', weights: { blue: 25, green: 75 } });
    expect(after(share(most, 50))).toEqual({
      ...staged,
      active: 'green',
      weights: { blue: 50, green: 50 },
    });
  });

  test.each([
    [
      5,
      'production: 5 % of the requests go to green 1.5.0, 95 % to blue 1.4.2; back: seda release rollback production',
      'merge; then more: seda release shift production 25, or all: seda release promote production',
    ],
    [
      10,
      'production: 10 % of the requests go to green 1.5.0, 90 % to blue 1.4.2; back: seda release rollback production',
      'merge; then more: seda release shift production 25, or all: seda release promote production',
    ],
  ])('says so: %i', (percent, sentence, next) => {
    expect(share(staged, percent)).toMatchObject({ kind: 'done', sentence, next });
  });

  test('promote gives the rest, and rollback goes back to the bytes before the first share', () => {
    for (const shared of [few, most]) {
      expect(after(step(promote, shared))).toEqual({ ...staged, active: 'green' });
      expect(after(step(rollback, shared))).toEqual(staged);
    }
    expect(step(promote, few)).toMatchObject({
      sentence:
        'production: all requests go to green 1.5.0; back: seda release rollback production',
      next: 'merge; once it has proved itself: seda release retire production',
    });
    expect(step(rollback, few)).toMatchObject({
      sentence: 'production: all requests go to blue 1.4.2, as before green 1.5.0 got any',
      next: 'merge; to drop the release: seda release abort production',
    });
  });

  test('a version that was rolled back is tried again when it is told to', () => {
    const back = after(step(rollback, after(step(promote, staged))));
    expect(share(back, 5)).toEqual({
      kind: 'refused',
      sentence:
        'production: green 1.5.0 was rolled back; if what was wrong is not in it, try it with: seda release shift production 5 --again',
    });
    const again = after(share(back, 5, true));
    expect(again).toEqual({ ...back, weights: { blue: 95, green: 5 } });
    expect(after(step(rollback, again))).toEqual(back);
    expect(after(step(promote, again))).toEqual({ ...staged, active: 'green' });
  });

  const shared =
    'production: blue 1.4.2 gets 95 % and green 1.5.0 gets 5 % of the requests; finish that first: seda release promote production, or: seda release rollback production';
  test.each<[string, () => StepResult, string]>([
    ['a stage while requests are shared', () => stageIn(few, '1.6.0'), shared],
    ['a retirement then', () => step(retire, few), shared],
    ['an abort then', () => step(abort, few), shared],
    [
      'a first share that is no small one',
      () => share(staged, 11),
      'production: the first share of green 1.5.0 is at most 10 %, got 11 %; begin with: seda release shift production 5',
    ],
    [
      'a share where nothing can share',
      () => shift({ environment: production, release: staged, percent: 5 }),
      'production: its ingress, ingress-nginx, cannot share requests; move all of them at once: seda release promote production',
    ],
    [
      'a share without colours',
      () => shift({ environment: qa, release: { image: image('1.4.2') }, percent: 5 }),
      'qa: is a rolling environment and has no colours; stage sets its image, rollback the one before',
    ],
  ])('refuses %s', (_, run, sentence) => {
    expect(run()).toEqual({ kind: 'refused', sentence });
  });

  test.each<[string, () => StepResult, string]>([
    ['the same share', () => share(few, 5), 'production: green 1.5.0 gets 5 % already'],
    [
      'a share of what serves',
      () => share(start, 5),
      'production: nothing is staged; blue 1.4.2 serves and is the newest release',
    ],
  ])('has nothing to do: %s', (_, run, sentence) => {
    expect(run()).toEqual({ kind: 'nothing', sentence });
  });
});

describe('what would be unsafe is refused, with the way out', () => {
  const staged = after(stageIn(start, '1.5.0'));
  const promoted = after(step(promote, staged));
  const retired = after(step(retire, promoted));

  test.each<[string, StepResult, string]>([
    [
      'rollback to a cold colour',
      step(rollback, retired),
      `production: blue 1.4.2 has no pods; warm it first: seda release stage production --image ${image('1.4.2')}`,
    ],
    [
      'rollback before a promote',
      step(rollback, staged),
      'production: green is newer than blue, which serves; there is nothing to go back to. To go forward: seda release promote production',
    ],
    [
      'retire of a staged release',
      step(retire, staged),
      'production: green is staged and not promoted; to drop it: seda release abort production',
    ],
    [
      'promote of a colour without pods',
      step(promote, { ...staged, green: { ...staged.green, replicas: 0 } }),
      `production: green has no pods; stage it first: seda release stage production --image ${image('1.5.0')}`,
    ],
    [
      'rollback to a placeholder',
      step(rollback, {
        ...promoted,
        blue: { ...promoted.blue, image: `a:0@sha256:${'0'.repeat(64)}` },
      }),
      'production: blue (no release yet) is nothing to go back to',
    ],
    [
      'an image that another environment did not run',
      stage({
        environment: production,
        release: start,
        image: image('1.5.0'),
        sourceImage: image('1.4.9'),
      }),
      'production: takes images from sandbox, which runs 1.4.9; stage it there first and use --from sandbox, or give --skip-order "reason"',
    ],
    [
      'an order that is skipped for no reason',
      stage({
        environment: production,
        release: start,
        image: image('1.5.0'),
        skipOrder: ' ',
      }),
      'production: --skip-order has no reason, got " ", expected what a reviewer needs to know, such as "the fix of an outage"',
    ],
    [
      'a placeholder',
      stage({
        environment: production,
        release: start,
        image: PLACEHOLDER_IMAGE,
      }),
      'production: the all-zero digest is a placeholder and not an image; name one that was built',
    ],
    [
      'an image without digest',
      stage({ environment: production, release: start, image: 'ghcr.io/seda-fm/seda-api:1.5.0' }),
      'production: the image has no digest, got "ghcr.io/seda-fm/seda-api:1.5.0", expected ghcr.io/seda-fm/seda-api:TAG@sha256:DIGEST; take it from the registry or the build\'s output',
    ],
    [
      'an image without digest, where images come from nobody before',
      stage({
        environment: qa,
        release: { image: image('1.4.0') },
        image: 'ghcr.io/seda-fm/seda-api:1.5.0',
      }),
      'qa: the image has no digest, got "ghcr.io/seda-fm/seda-api:1.5.0", expected ghcr.io/seda-fm/seda-api:TAG@sha256:DIGEST; take it from the registry or the build\'s output',
    ],
    [
      'a version that is no label',
      stage({
        environment: production,
        release: start,
        image: image('1.5.0'),
        sourceImage: image('1.5.0'),
        version: 'one five',
      }),
      'production: version is not a version, got "one five", expected at most 63 letters, digits, "_", "." and "-", such as 1.5.0; correct it',
    ],
    [
      'a contraction beside code that is older than the expansion',
      stage({
        environment: production,
        release: staged,
        image: image('1.6.0'),
        sourceImage: image('1.6.0'),
        migration: 'contract',
      }),
      'production: blue 1.4.2, release 4, is older than release 5, which expanded the schema, and may need what a contraction takes away; promote release 5 or a later one first',
    ],
    [
      'a contraction after a rollback',
      stage({
        environment: qa,
        release: { image: image('1.4.2'), previous: image('1.5.0'), rolledBack: true },
        image: image('1.6.0'),
        migration: 'contract',
      }),
      'qa: runs 1.4.2, which is older than the release that expanded the schema; stage a newer one with --migration none before you contract',
    ],
    [
      'both at once where there is an autoscaler',
      stageAndPromote({
        environment: { ...production, autoscaling: { minReplicas: 3, maxReplicas: 6 } },
        release: start,
        image: image('1.5.0'),
        sourceImage: image('1.5.0'),
      }),
      'production: stage and promote must be two commits where there is an autoscaler: it acts in the last wave, and the gate would wait for pods that nobody starts',
    ],
    [
      'a colour verb in a rolling environment',
      promote({ environment: qa, release: { image: image('1.5.0') } }),
      'qa: is a rolling environment and has no colours; stage sets its image, rollback the one before',
    ],
    [
      'a rollback without a previous image',
      rollback({ environment: qa, release: { image: image('1.5.0') } }),
      'qa: has no previous image to go back to; stage the one that should run',
    ],
  ])('%s', (_, result, sentence) => expect(result).toEqual({ kind: 'refused', sentence }));

  test('a colour that went cold is warmed with the command that the refusal names', () => {
    const warmed = stage({
      environment: production,
      release: retired,
      image: image('1.4.2'),
      sourceImage: image('1.6.0'),
    });
    expect(warmed).toMatchObject({
      kind: 'done',
      release: { active: 'green', blue: { image: image('1.4.2'), replicas: 3 } },
    });
  });

  test('a contraction is staged once the expansion serves', () => {
    const contracted = after(
      stage({
        environment: production,
        release: promoted,
        image: image('1.6.0'),
        sourceImage: image('1.6.0'),
        migration: 'contract',
      }),
    );
    expect(contracted).toMatchObject({
      expandedIn: 5,
      blue: { release: 6, migration: 'contract' },
    });
  });

  test('a version stands for the tag, in record and sentence', () => {
    const result = stage({
      environment: production,
      release: start,
      image: image('main-4711'),
      sourceImage: image('main-4711'),
      version: '1.5.0',
    });
    expect(result).toMatchObject({
      sentence: 'production: green is staged with 1.5.0; traffic stays on blue 1.4.2',
      release: { green: { version: '1.5.0' } },
    });
  });

  test('a reason lets an image skip the order, and is recorded', () => {
    const result = stage({
      environment: production,
      release: start,
      image: image('1.5.0'),
      sourceImage: image('1.4.9'),
      skipOrder: 'hotfix 311',
    });
    expect(after(result).green).toMatchObject({
      image: image('1.5.0'),
      skippedOrder: 'hotfix 311',
    });
  });
});

describe('a step that changes nothing says so', () => {
  const staged = after(stageIn(start, '1.5.0'));
  test.each<[StepResult, string]>([
    [
      stageIn(staged, '1.5.0'),
      "production: green is staged with 1.5.0 and today's settings already",
    ],
    [stageIn(start, '1.4.2'), "production: blue serves 1.4.2 with today's settings already"],
    [
      step(promote, start),
      'production: nothing is staged; blue 1.4.2 serves and is the newest release',
    ],
    [step(retire, start), 'production: green has no pods already'],
    [step(abort, start), 'production: nothing is staged'],
    [
      stage({
        environment: qa,
        release: { image: image('1.5.0') },
        image: image('1.5.0'),
      }),
      'qa: runs 1.5.0 already',
    ],
  ])('%#', (result, sentence) => expect(result).toEqual({ kind: 'nothing', sentence }));
});

test('a rolling environment swaps its image with the one before', () => {
  const first = stage({
    environment: qa,
    release: { image: image('1.4.2'), migration: 'none' },
    image: image('1.5.0'),
  });
  expect(first).toMatchObject({
    release: {
      image: image('1.5.0'),
      migration: 'expand',
      previous: image('1.4.2'),
      previousMigration: 'none',
    },
  });
  const forth: Release = {
    image: image('1.5.0'),
    previous: image('main-1'),
    previousVersion: '1.4.2',
  };
  const back = {
    image: image('main-1'),
    version: '1.4.2',
    previous: image('1.5.0'),
    rolledBack: true,
  };
  expect(rollback({ environment: qa, release: forth })).toEqual({
    kind: 'done',
    release: back,
    sentence: 'qa: goes back from 1.5.0 to 1.4.2, pod by pod',
    next: 'merge',
  });
  expect(rollback({ environment: qa, release: back })).toMatchObject({ release: forth });
});

test('a rolling environment knows what a migration did, there and back', () => {
  const contracted: Release = {
    image: image('1.6.0'),
    migration: 'contract',
    previous: image('1.5.0'),
    previousMigration: 'expand',
  };
  expect(
    stage({
      environment: qa,
      release: { image: image('1.5.0'), migration: 'expand' },
      image: image('1.6.0'),
      migration: 'contract',
    }),
  ).toMatchObject({ release: contracted });
  const back = rollback({ environment: qa, release: contracted }) as { release: Release };
  expect(back.release).toEqual({
    image: image('1.5.0'),
    migration: 'expand',
    previous: image('1.6.0'),
    previousMigration: 'contract',
    rolledBack: true,
  });
  expect(rollback({ environment: qa, release: back.release })).toMatchObject({
    release: contracted,
  });
});
