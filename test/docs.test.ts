import * as fs from 'node:fs';
import * as path from 'node:path';
import * as cdk8s from 'cdk8s';
import { transformSync } from 'esbuild';
import { versionOf } from '../e2e/cluster/modules';
import type { ReadinessResult } from '../e2e/evidence/readiness';
import { evidencePage } from '../e2e/evidence/report';
import { type Result, sum } from '../e2e/evidence/result';
import { renderEnvironment } from '../environments/render';
import * as library from '../lib';
import { rulesTable } from '../ops/check/rules/table';
import { objectsOf } from '../policy/dist';
import { alertFaults, alertsOf } from './alerts';
import { blocksOf, commandsOf } from './documents';
import { states } from './fixtures';
import { linkFaults } from './links';
import { blockFaults, blocksOfPage, hasCommands, pages, unrun } from './story';

const ROOT = path.join(__dirname, '..');
const read = (file: string): string => fs.readFileSync(path.join(ROOT, file), 'utf8');

const DEFECTS = read('docs/seed-defects.md');
const ALERTS = read('docs/alerts.md');

/** The last one is a group of its own. */
const NUMBERS = [
  ...Array.from({ length: 97 }, (_, index) => String(index + 1)),
  ...[...'abcdefghijklmnopq'].map((letter) => `98${letter}`),
];

/** The text of a file; of code without its comments, which would name a symbol that is gone. */
function content(file: string): string {
  return file.endsWith('.ts')
    ? read(file).replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '')
    : read(file);
}

/** What is wrong with a `path` or `path#symbol`. */
function citationFaults(citation: string): string[] {
  const [file = '', symbol] = citation.split('#', 2);
  if (!fs.existsSync(path.join(ROOT, file))) return [`${file} does not exist`];
  const escaped = symbol?.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return escaped === undefined || new RegExp(`(?<![\\w-])${escaped}(?![\\w-])`).test(content(file))
    ? []
    : [`${file} has no ${symbol}`];
}

/** What is wrong with the list of defects. */
function defectFaults(text: string): string[] {
  const lines = [...text.matchAll(/^\| (\d+[a-z]?) \| .+? \| (.+) \|$/gm)].map((match) => ({
    number: match[1]!,
    cure: match[2]!,
  }));
  const count = (number: string) => lines.filter((line) => line.number === number).length;
  return [
    ...NUMBERS.filter((number) => count(number) !== 1).map(
      (number) => `${number} is there ${count(number)} times`,
    ),
    ...lines
      .filter(({ number }) => !NUMBERS.includes(number))
      .map(({ number }) => `${number} is no defect`),
    ...lines.flatMap(({ number, cure }) => {
      const citations = [...cure.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
      if (citations.length === 0 && !cure.startsWith('**cluster**: '))
        return [`${number}: names nothing`];
      return citations.flatMap(citationFaults).map((fault) => `${number}: ${fault}`);
    }),
  ];
}

test('docs/rules.md has the rules of the check', () => {
  const [, table = ''] = /<!-- rules -->\n([\s\S]*?)<!-- \/rules -->/.exec(read('docs/rules.md'))!;
  // To bring it up to date: put the output of `npx seda check --rules` between the two lines.
  expect(table.trim()).toBe(rulesTable());
});

describe('the list of defects', () => {
  test('has every number once and names what exists', () => {
    expect(defectFaults(DEFECTS)).toEqual([]);
  });

  test.each<[string, string | RegExp, string, string[]]>([
    ['a line is gone', /^\| 7 \|.*\n/m, '', ['7 is there 0 times']],
    ['a line is there twice', /^\| 7 \|/m, '| 8 |', ['7 is there 0 times', '8 is there 2 times']],
    ['a line is about nothing', '| 97 |', '| 99 |', ['97 is there 0 times', '99 is no defect']],
    ['a line stands for a group', '| 98q |', '| 98 |', ['98q is there 0 times', '98 is no defect']],
    [
      'a group has a line too many',
      '| 98q |',
      '| 98r |',
      ['98q is there 0 times', '98r is no defect'],
    ],
    [
      'a rule of the workflows is gone',
      '#each job ends in time',
      '#each job ends at once',
      ['98n: test/workflow-rules.ts has no each job ends at once'],
    ],
    [
      'a file is gone',
      'lib/dashboard.ts#dashboard',
      'lib/dash.ts#dashboard',
      ['85: lib/dash.ts does not exist'],
    ],
    [
      'a symbol is gone',
      'lib/pod-template.ts#spread',
      'lib/pod-template.ts#spreads',
      ['21: lib/pod-template.ts has no spreads'],
    ],
    [
      'a symbol is only a part of a word',
      'lib/pod-template.ts#spread',
      'lib/pod-template.ts#sprea',
      ['21: lib/pod-template.ts has no sprea'],
    ],
    ['a line names nothing', '`lib/pod-template.ts#spread`', 'care', ['21: names nothing']],
  ])('fails when %s', (_, part, instead, faults) => {
    const edited = DEFECTS.replace(part, instead);
    expect(edited).not.toBe(DEFECTS);
    expect(defectFaults(edited)).toEqual(faults);
  });
});

/** Every alert there can be: of each state of each environment, and of what is committed. */
const possible = alertsOf([
  ...[...objectsOf.values()].flat(),
  ...states.flatMap(({ environment, release }) => renderEnvironment(environment, release).objects),
]);

describe('the page of alerts', () => {
  test('has a heading for every alert that is rendered, and every alert leads to it', () => {
    expect(possible).not.toEqual([]);
    expect(alertFaults(ALERTS, possible)).toEqual([]);
  });

  test('fails when a heading is missing, twice or of no alert, and when a link leads elsewhere', () => {
    expect(alertFaults(ALERTS.replace('## SedaApiDown', '## SedaApiGone'), possible)).toEqual([
      'SedaApiDown has no heading',
      'SedaApiGone is no alert',
    ]);
    expect(alertFaults(`${ALERTS}\n## SedaApiDown\n`, possible)).toEqual([
      'SedaApiDown is there twice',
    ]);
    expect(
      alertFaults('## SedaApiDown', [
        { alert: 'SedaApiDown', annotations: { runbook_url: 'https://x/docs/alerts.md#down' } },
      ]),
    ).toEqual(['SedaApiDown links elsewhere']);
  });
});

/** What no command of the documents may do. */
const FORBIDDEN: readonly (readonly [string, RegExp])[] = [
  ['prints the environment of a pod', /\bkubectl\b.*\bexec\b.*\b(env|printenv)\b(?!\.)/],
  ['prints a Secret', /\bget secrets?\b.*(-o|--output)\b/],
  ['asks the deprecated Endpoints API', /\bkubectl\b.*\bget (endpoints|ep)\b/],
  ['opens a database console in a pod', /\bprisma[: ]studio\b/],
  ['pushes to main, which the rules of the branch refuse', /\bgit push\b.*[\s:/]main\b(?![-/])/],
];

/** Changes that the next sync reverts. */
const MANUAL = /\bkubectl\b.*\b(patch|scale|edit|set image|rollout undo)\b/;

function commands(text: string): string[] {
  return blocksOf(text)
    .filter(hasCommands)
    .flatMap(commandsOf)
    .map(({ command }) => command);
}

function commandFaults(lines: readonly string[]): string[] {
  return lines.flatMap((line) =>
    FORBIDDEN.filter(([, pattern]) => pattern.test(line)).map(([what]) => `${what}: ${line}`),
  );
}

describe('commands of the documents', () => {
  test('print no secret and use nothing that is deprecated', () => {
    expect(pages().flatMap((file) => commandFaults(commands(read(file))))).toEqual([]);
  });

  test('of the page of alerts change nothing manually that git holds', () => {
    expect(commands(ALERTS)).not.toEqual([]);
    expect(commands(ALERTS).filter((line) => MANUAL.test(line))).toEqual([]);
  });

  test('fails on the advice that the team had', () => {
    const advice = [
      'kubectl exec -n seda-prod deployment/seda-api-blue -- env | grep DATABASE_URL',
      'kubectl get secret seda-secrets -o yaml',
      'kubectl get endpoints seda-api -n seda-prod',
      'kubectl exec -n seda-prod deployment/seda-api-blue -- npm run prisma:studio',
      'git push origin HEAD:main',
    ];
    expect(commandFaults(advice)).toEqual(
      FORBIDDEN.map(([what], index) => `${what}: ${advice[index]}`),
    );
    expect(MANUAL.test('kubectl rollout undo deployment/seda-api-blue -n seda-prod')).toBe(true);
  });
});

test('the examples of docs/library.md run, and their patches reach the output', () => {
  // The first section is a project of its own: test/package.slow.ts.
  const blocks = blocksOfPage('docs/library.md').filter(
    ({ language, section }) => language === 'ts' && section !== 'Start a project',
  );
  const { code } = transformSync(blocks.flatMap(({ lines }) => lines).join('\n'), {
    loader: 'ts',
    format: 'cjs',
  });
  const modules: { readonly [name: string]: unknown } = { cdk8s, '@seda-fm/manifests': library };
  const run = new Function('require', `${code}; return app;`) as (
    load: (name: string) => unknown,
  ) => cdk8s.App;
  const app = run((name) => modules[name]);
  const text = [...library.manifestFiles(app).values()].join('');
  for (const part of [
    'hostUsers: false',
    'cloud.google.com/neg: ',
    'restartPolicy: Always',
    'cidr: 169.254.20.10/32',
    'mountPath: /etc/database-ca',
    'iam.gke.io/gcp-service-account: shop@example.iam.gserviceaccount.com',
  ])
    expect(text).toContain(part);
  // The sidecar that both ask for is in the Deployment and in the migration.
  expect(text.match(/name: database-proxy/g)).toHaveLength(2);
});

describe('docs/evidence.md', () => {
  const results = JSON.parse(read('e2e/evidence/results.json')) as readonly Result[];
  const readiness = JSON.parse(
    read('e2e/evidence/readiness-results.json'),
  ) as readonly ReadinessResult[];
  const words = (text: string) => text.replace(/[\s|-]+/g, ' ');

  test('says what was measured, and nothing else', () => {
    const rollouts = versionOf('rollouts');
    expect(words(read('docs/evidence.md'))).toBe(words(evidencePage(results, readiness, rollouts)));
  });

  test('has the figures of docs/comparison.md', () => {
    const [, defaults, ours] =
      /0 of ([\d,]+) with its defaults, 0 of ([\d,]+) with our pod settings/.exec(
        words(read('docs/comparison.md')),
      )!;
    for (const [name, count] of [
      ['Argo Rollouts, its defaults', defaults],
      ['Argo Rollouts, our pod settings', ours],
    ] as const) {
      const all = Object.values(results.find((result) => result.name === name)!.streams);
      expect(sum(all.map(({ sent }) => sent))).toBe(Number(count!.replaceAll(',', '')));
      expect(sum(all.map(({ failed }) => failed))).toBe(0);
    }
  });

  test('has the figures of README', () => {
    const [, switches, requests] =
      /(\d+) switches by its verbs were measured under ([\d,]+) requests, of which none failed/.exec(
        words(read('README.md')),
      )!;
    const { streams, ...releases } = results.find(({ name }) => name === 'releases')!;
    const all = Object.values(streams);
    expect(releases.switches).toBe(Number(switches));
    expect(sum(all.map(({ sent }) => sent))).toBe(Number(requests!.replaceAll(',', '')));
    expect(sum(all.map(({ failed }) => failed))).toBe(0);
  });
});

describe('pages', () => {
  test('README is short', () => {
    expect(read('README.md').split('\n').length).toBeLessThanOrEqual(150);
  });

  test('link to files and headings that are committed', () => {
    expect(pages().flatMap((page) => linkFaults(page, read(page)))).toEqual([]);
  });

  test('fails when a link leads nowhere', () => {
    const text =
      '[a](no.md) [b](release.md#no-such) [c](release.md#verbs) ![d](no.svg) [e](https://example.com)\n' +
      '[f](#here) [g](#there) [h](reference/commands.md)\n\n## Here\n\n```\n[i](no.md)\n```\n';
    expect(linkFaults('docs/x.md', text)).toEqual([
      'docs/x.md: no.md does not exist',
      'docs/x.md: release.md#no-such: docs/release.md has no such heading',
      'docs/x.md: no.svg does not exist',
      'docs/x.md: #there: docs/x.md has no such heading',
      'docs/x.md: reference/commands.md is not committed: it is on the site alone',
    ]);
  });

  test('are all in the sidebar of the site', () => {
    const config = read('docs/.vitepress/config.mts');
    const links = [...config.matchAll(/page\('[^']+', '\/([^']+)'\)/g)].map(([, link]) => link!);
    const committed = pages().filter(
      (page) => page.startsWith('docs/') && page !== 'docs/index.md',
    );
    expect(committed.filter((page) => !links.includes(page.slice(5, -3)))).toEqual([]);
    expect(
      links.filter(
        (link) => !link.startsWith('reference/') && !committed.includes(`docs/${link}.md`),
      ),
    ).toEqual([]);
  });
});

describe('blocks with commands', () => {
  test('are run by a test, or say what they need', () => {
    expect(pages().flatMap((page) => blockFaults(page, blocksOfPage(page)))).toEqual([]);
  });

  test('that no test runs are these', () => {
    expect(unrun()).toEqual({
      'README.md': { registry: 1 },
      'CONTRIBUTING.md': { registry: 1 },
      'docs/actions.md': { github: 1 },
      'docs/alerts.md': { cluster: 14 },
      'docs/argocd.md': { cluster: 3, github: 1 },
      'docs/deploy.md': { cluster: 1 },
      'docs/development.md': { docker: 2 },
      'docs/getting-started.md': { registry: 1 },
      'docs/operate.md': { cluster: 1 },
      'docs/review.md': { ci: 1, github: 1 },
      'docs/rollback.md': { cluster: 1, github: 1 },
      'docs/share-traffic.md': { cluster: 1 },
    });
  });

  test('fails when one is run by no test, needs what nobody knows, or does not say that it has commands', () => {
    const fence = '```';
    const block = (info: string) => blocksOf(`## A\n${fence}${info}\nnpx seda synth\n${fence}\n`);
    expect(blockFaults('docs/x.md', block('sh'))).toEqual([
      'docs/x.md, A: no test runs it; say what it needs, or add its page to a story',
    ]);
    expect(blockFaults('docs/x.md', block('sh needs=luck'))).toEqual([
      'docs/x.md, A: needs luck, expected one of registry, cluster, github, docker, ci',
    ]);
    expect(blockFaults('docs/x.md', block(''))).toEqual([
      'docs/x.md, A: has commands and does not say so; begin it with sh or console',
    ]);
    expect(() => block('sh needs')).toThrow('a block begins in no known way: ```sh needs');
    expect(blockFaults('docs/x.md', block('sh needs=cluster'))).toEqual([]);
  });
});
