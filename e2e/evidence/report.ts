import type { Readiness, ReadinessResult } from './readiness';
import { type Result, type Setting, sum } from './result';

const number = (value: number): string => value.toLocaleString('en-US');

/** Of N requests none failed: by the rule of three, 95 times of 100 less than this share does. */
const bound = (requests: number): string => `${((3 / requests) * 100).toPrecision(2)} %`;

const failed = ({ streams }: Result): number =>
  sum(Object.values(streams).map((one) => one.failed));
const sent = ({ streams }: Result): number => sum(Object.values(streams).map((one) => one.sent));

/** A page of what was measured, and nothing else. */
export function evidencePage(
  results: readonly Result[],
  readiness: readonly ReadinessResult[],
  rollouts: string,
): string {
  return `# What was measured

Written by \`npm run evidence\`; nobody edits it. \`dist/production\` runs on a real Kubernetes node (kubelet, containerd, kube-proxy in
nftables mode, CoreDNS, of which nothing is simulated), with the API of \`e2e/api\`. Requests leave at their time, whatever the
answers do (an open model), and none is repeated: what fails, failed. Each request is counted once, where it left.

${settingTable([...results, ...readiness], rollouts)}

| stream | what |
|---|---|
| \`new\` | GET, a connection for each request, to the address of the Service |
| \`kept\` | GET on connections that are used again, to the address of the Service |
| \`post\` | POST with a body on connections that are used again |
| \`slow\`, \`slow-kept\` | GET that takes 5 s, on a connection of its own, and on kept ones |
| \`proxy\` | POST, a connection for each request, through an nginx that sends to the ready pods and follows them |

A run is void, and counted nowhere, when more than one of a hundred requests left late or when serving pods gave two readiness probes
no answer in time: then the machine, and not what is tested, decided. Where pods are starved on purpose no run is void. Seconds with
failures are those of the first 500 failures of each run.

## Results

| scenario | expected | requests a second | switches | requests | failed | seconds with failures | 95 % bound | void runs |
|---|---|---|---|---|---|---|---|---|
${results.map(row).join('\n')}

${results.map(section).join('\n\n')}

${readinessSection(readiness)}## What it is not

One node, one zone, no cloud load balancer, no ingress-nginx (the nginx above stands in), no database, no network policy that is enforced. A
proxy that keeps connections to the address of a Service keeps them to the pods of the colour before until these ask it to leave.

## Repeat it

\`\`\`sh
npm ci
npm run evidence
\`\`\`

As root on Linux with Go, runc, the CNI plugins and nginx (\`.ci/containers\` installs all but nginx). \`npm run evidence -- --help\` says how to
measure less.
`;
}

/** Parts may be measured again, with another commit and another rate. */
function settingTable(results: readonly { readonly setting: Setting }[], rollouts: string): string {
  const all = (field: keyof Setting) =>
    [...new Set(results.map(({ setting }) => setting[field]))].join(', ');
  const rows: readonly (readonly [string, string])[] = [
    ['commit', all('commit')],
    ['Kubernetes', all('kubernetes')],
    ['Node.js', all('node')],
    ['nginx', all('proxy')],
    ['Argo Rollouts', rollouts],
    ['machine', all('machine')],
  ];
  return ['| | |', '|---|---|', ...rows.map(([key, value]) => `| ${key} | ${value} |`)].join('\n');
}

function row(result: Result): string {
  const [requests, failures] = [sent(result), failed(result)];
  return `| ${[
    result.name,
    { 'none fail': 'none fails', 'some fail': 'some fail', counted: 'is counted' }[result.expected],
    String(result.setting.rate),
    result.switches === 0 ? '' : number(result.switches),
    number(requests),
    number(failures),
    failures === 0 ? '' : number(result.seconds),
    failures === 0 && requests > 0 ? bound(requests) : '',
    result.voids.length === 0 ? '' : String(result.voids.length),
  ].join(' | ')} |`;
}

function section({ name, what, streams }: Result): string {
  const rows = Object.entries(streams).map(([stream, counts]) => {
    const kinds = Object.entries(counts.kinds).map(([kind, count]) => `${number(count)} ${kind}`);
    return `| \`${stream}\` | ${number(counts.sent)} | ${number(counts.failed)} | ${kinds.join(', ')} |`;
  });
  return [
    `### ${name[0]!.toUpperCase()}${name.slice(1)}`,
    '',
    `${what[0]!.toUpperCase()}${what.slice(1)}.`,
    '',
    ...['| stream | requests | failed | how |', '|---|---|---|---|', ...rows],
  ].join('\n');
}

const asked = ({ periodSeconds, timeoutSeconds, failureThreshold }: Readiness): string =>
  `${failureThreshold} times, every ${periodSeconds} s, ${timeoutSeconds} s each`;

/** What each way of asking whether a pod is ready costs; nothing before it was measured. */
function readinessSection(results: readonly ReadinessResult[]): string {
  if (results.length === 0) return '';
  const ways = [...new Set(results.map(({ readiness }) => asked(readiness)))];
  const troubles = [...new Set(results.map(({ what }) => what))];
  const cell = (what: string, way: string): string => {
    const found = results.find((one) => one.what === what && asked(one.readiness) === way);
    if (found === undefined) return '';
    const late = found.lateShare > 0.01 ? `, ${(found.lateShare * 100).toFixed(0)} % late` : '';
    return `${number(found.failed)} of ${number(found.sent)}; empty for ${found.emptySeconds.toFixed(1)} s${late}`;
  };
  const rows = troubles.map(
    (what) => `| ${what} | ${ways.map((way) => cell(what, way)).join(' | ')} |`,
  );
  return [
    '## How patient the readiness probe is',
    '',
    'A pod leaves the Service when its readiness probe has failed so many times in a row. Requests that failed while something happened',
    'to the three pods that serve, at 254 requests a second, and the seconds in which the Service led to no pod at all. The API looks at its',
    'database for its health alone, and answers everything else meanwhile. Where more than one of a hundred requests left late it is said.',
    '',
    `| | ${ways.join(' | ')} |`,
    `|---|${ways.map(() => '---|').join('')}`,
    ...rows,
    '',
    '',
  ].join('\n');
}
