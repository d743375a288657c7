import { hand, source } from './safe-settings';
import { ofKind, type Safe } from './transition';
import { setsPod } from './tree';
import { decides } from './world';

export const DEVELOPMENT = ofKind<Safe>('on a machine of a developer', [
  source('a variable', 'retired', decides('development', { config: { LOG_LEVEL: 'debug' } })),
  source(
    'more memory',
    'retired',
    decides('development', {
      resources: { requests: { cpu: '500m', memory: '512Mi' }, limits: { memory: '1Gi' } },
    }),
  ),
  hand(
    'another image of the database',
    'retired',
    setsPod(
      'development/Deployment/db',
      'containers 0 image',
      `postgres:18.1@sha256:${'f'.repeat(64)}`,
    ),
  ),
]);
