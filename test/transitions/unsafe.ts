import type { Unsafe } from './transition';
import { ACROSS, ARGOCD_OTHERS } from './unsafe-across';
import { ACTING } from './unsafe-acting';
import { ALERTS } from './unsafe-alerts';
import { API_SERVER, POWERS, QUIET } from './unsafe-api-server';
import { ARGOCD } from './unsafe-argocd';
import { ARGOCD_PROJECT } from './unsafe-argocd-project';
import { BUNDLE } from './unsafe-bundle';
import { DASHBOARDS } from './unsafe-dashboards';
import { ENTRANCE } from './unsafe-entrance';
import { FOREIGN } from './unsafe-foreign';
import { ITSELF } from './unsafe-gate';
import { FOUND_STAGED } from './unsafe-found';
import { FOUND_BESIDE } from './unsafe-found-beside';
import { GUARDS } from './unsafe-guards';
import { IMAGES, IMMUTABLE } from './unsafe-images';
import { MIGRATIONS } from './unsafe-migrations';
import { NETWORK } from './unsafe-network';
import { POLICIES } from './unsafe-policies';
import { READERS } from './unsafe-readers';
import { RECORD } from './unsafe-record';
import { ROLES } from './unsafe-roles';
import { ROLLBACK } from './unsafe-rollback';
import { ROLLING } from './unsafe-rolling';
import { SECRET_NAMES } from './unsafe-secrets';
import { FORBIDDEN, LIMITS } from './unsafe-limits';
import { PODS, ROOM } from './unsafe-pods';
import { MERGED } from './unsafe-settings';
import { OTHER_ROUTES } from './unsafe-other-routes';
import { SHARES } from './unsafe-shares';
import { SWITCH_ITSELF, WAVES } from './unsafe-switch';
import { TRAFFIC_AROUND } from './unsafe-traffic';
import { UNREAD } from './unsafe-unread';
import { UNSEEN } from './unsafe-unseen';

/** Every step that must be refused. */
export const UNSAFE: readonly Unsafe[] = [
  ...NETWORK,
  ...ACTING,
  ...ROLLBACK,
  ...ENTRANCE,
  ...TRAFFIC_AROUND,
  ...SHARES,
  ...OTHER_ROUTES,
  ...SECRET_NAMES,
  ...UNSEEN,
  ...ROLES,
  ...UNREAD,
  ...ARGOCD,
  ...ROLLING,
  ...RECORD,
  ...IMAGES,
  ...GUARDS,
  ...POLICIES,
  ...ALERTS,
  ...DASHBOARDS,
  ...ITSELF,
  ...WAVES,
  ...SWITCH_ITSELF,
  ...BUNDLE,
  ...IMMUTABLE,
  ...MIGRATIONS,
  ...ARGOCD_PROJECT,
  ...ACROSS,
  ...ARGOCD_OTHERS,
  ...FOREIGN,
  ...READERS,
  ...MERGED,
  ...FOUND_STAGED,
  ...FOUND_BESIDE,
  ...PODS,
  ...ROOM,
  ...LIMITS,
  ...FORBIDDEN,
  ...API_SERVER,
  ...QUIET,
  ...POWERS,
];
