import { accessSync, constants } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PrismaClient } from '@prisma/client';

/** Less than the 2 s that the readiness probe waits: a database that hangs is a no, not a silence. */
const PATIENCE = 1000;

/** What the health of the API consists of. */
export class Checks {
  private database: PrismaClient | undefined;
  private isAway = false;

  constructor(private readonly env: NodeJS.ProcessEnv) {}

  /** Takes the database away, or gives it back: what no test can do to a real one without others noticing. */
  toggleDatabase(): void {
    this.isAway = !this.isAway;
  }

  async run(): Promise<Record<string, boolean>> {
    const { STORAGE_PROVIDER, STORAGE_PATH = '/storage' } = this.env;
    return {
      database: await this.databaseUp(),
      ...(STORAGE_PROVIDER === 'local' ? { storage: writable(STORAGE_PATH) } : {}),
    };
  }

  private async databaseUp(): Promise<boolean> {
    if (this.isAway) return false;
    const { E2E_DATABASE: pretended } = this.env;
    if (pretended !== undefined) return pretended === 'up';
    try {
      // Loaded when it is needed: tests run these sources where nothing was generated.
      this.database ??= new (await import('@prisma/client')).PrismaClient();
      const answer = this.database.$queryRaw`SELECT 1`.then(() => true);
      const end = new AbortController();
      const silence = sleep(PATIENCE, undefined, { signal: end.signal }).then(() =>
        Promise.reject(new Error(`no answer within ${PATIENCE} ms`)),
      );
      return await Promise.race([answer, silence]).finally(() => end.abort());
    } catch (error) {
      console.error(`database: ${(error as Error).message}`);
      return false;
    }
  }
}

function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
