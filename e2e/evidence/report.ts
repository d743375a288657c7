import * as os from 'node:os';
import { type Result, sum } from './result';

/** What was measured on. */
export interface Setting {
  readonly commit: string;
  readonly kubernetes: string;
  readonly node: string;
  readonly proxy: string;
  readonly rollouts?: string;
  readonly rate: number;
}

const number = (value: number): string => value.toLocaleString('en-US');

/** Of N requests none failed: by the rule of three, 95 times of 100 less than this share does. */
const bound = (requests: number): string => `${((3 / requests) * 100).toPrecision(2)} %`;

const failed = ({ streams }: Result): number =>
  sum(Object.values(streams).map((one) => one.failed));
const sent = ({ streams }: Result): number => sum(Object.values(streams).map((one) => one.sent));

/** A page of what was measured, and nothing else. */
export function evidencePage(results: readonly Result[], setting: Setting): string {
  return `# What was measured

Written by \`npm run evidence\`; nobody edits it. \`dist/production\` runs on a real Kubernetes node (kubelet, containerd, kube-proxy in
nftables mode, CoreDNS, of which nothing is simulated), with the API of \`e2e/api\`. Requests leave at their time, whatever the
answers do (an open model), and none is repeated: what fails, failed. Each request is counted once, where it left.

${settingTable(setting)}

| stream | what |
|---|---|
| \`new\` | GET, a connection for each request, to the address of the Service |
| \`kept\` | GET on connections that are used again, to the address of the Service |
| \`post\` | POST with a body on connections that are used again |
| \`slow\`, \`slow-kept\` | GET that takes 5 s, on a connection of its own, and on kept ones |
| \`proxy\` | POST, a connection for each request, through an nginx that sends to the ready pods and follows them |

A run is void, and counted nowhere, when more than one of a hundred requests left late or when serving pods gave two readiness probes
no answer in time: then the machine, and not what is tested, decided. Where pods are starved on purpose the second does not hold.

## Results

| scenario | expected | switches | requests | failed | seconds with failures | 95 % bound | void runs |
|---|---|---|---|---|---|---|---|
${results.map(row).join('\n')}

${results.map(section).join('\n\n')}

## What it is not

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

function settingTable({ commit, kubernetes, node, proxy, rollouts, rate }: Setting): string {
  const rows: readonly (readonly [string, string])[] = [
    ['commit', commit],
    ['Kubernetes', kubernetes],
    ['Node.js', node],
    ['nginx', proxy],
    ['Argo Rollouts', rollouts ?? 'not measured'],
    [
      'machine',
      `${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB, others may use it as well`,
    ],
    ['requests a second', String(rate)],
  ];
  return ['| | |', '|---|---|', ...rows.map(([key, value]) => `| ${key} | ${value} |`)].join('\n');
}

function row(result: Result): string {
  const [requests, failures] = [sent(result), failed(result)];
  return `| ${[
    result.name,
    { 'none fail': 'none fails', 'some fail': 'some fail', counted: 'is counted' }[result.expected],
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
