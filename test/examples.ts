import * as path from 'node:path';
import { ROOT } from './kit';

/** Projects of other teams, by their folder in examples/, in the order in which examples/README.md has them. */
export const EXAMPLES = ['rolling', 'blue-green', 'cron'] as const;

export function folderOf(name: string): string {
  return path.join(ROOT, 'examples', name);
}

/** An edit of an example, and what `seda check` says of it. */
export interface Edit {
  readonly example: (typeof EXAMPLES)[number];
  readonly from: string;
  readonly to: string;
  readonly says: string;
  readonly refused: boolean;
}

export const EDITS: readonly Edit[] = [
  {
    example: 'rolling',
    from: 'notes-api:1.0.0',
    to: 'notes-api:1.1.0',
    says: 'notes: notes-api replaces its pods, 1.0.0 becomes 1.1.0\n',
    refused: false,
  },
  {
    example: 'rolling',
    from: 'clientNamespaces: [INGRESS_NGINX_NAMESPACE],',
    to: '',
    says: 'notes: refused, network-cut-off: Deployment/notes-api: ',
    refused: true,
  },
  {
    example: 'blue-green',
    from: "active: 'blue'",
    to: "active: 'green'",
    says: 'shop: traffic moves from shop-api-blue 2.3.0 to shop-api-green 2.4.0',
    refused: false,
  },
  {
    example: 'blue-green',
    from: "LOG_LEVEL: 'info'",
    to: "LOG_LEVEL: 'debug'",
    says: 'shop: refused, serving-colour-changed: Deployment/shop-api-blue: its pods change, and clients reach it; stage it in the other colour and promote it\n',
    refused: true,
  },
  {
    example: 'cron',
    from: "'0 3 * * *'",
    to: "'0 4 * * *'",
    says: 'reports: changes CronJob/reports-nightly\n',
    refused: false,
  },
  {
    example: 'cron',
    from: "clientPods: [{ app: 'reports-nightly' }],",
    to: '',
    says: 'reports: refused, network-cut-off: Deployment/reports-api: ',
    refused: true,
  },
];
