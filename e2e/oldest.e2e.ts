import { testDeploys } from './deploys';
import { type Fixture, startFixture } from './fixture';

/* The oldest Kubernetes that the README claims takes everything, and a whole release. */

let fixture: Fixture | undefined;

beforeAll(async () => {
  // Another cluster says nothing of this one.
  if (process.env.SEDA_E2E_KUBECONFIG) return;
  fixture = await startFixture({ flavour: 'oldest' });
});

afterAll(() => fixture?.stop());

testDeploys(() => fixture);
