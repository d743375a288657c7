import { setTimeout as sleep } from 'node:timers/promises';

/** A sample of a query: its labels and its value. */
export interface Sample {
  readonly metric: { readonly [label: string]: string };
  readonly value: number;
}

/** What Prometheus is asked, wherever it is. */
export class PrometheusApi {
  private patience = 240;

  /** @param get what it answers to a path */
  constructor(private readonly get: (path: string) => Promise<string>) {}

  async query(expression: string): Promise<Sample[]> {
    const query = new URLSearchParams({ query: expression });
    const { status, error, data } = JSON.parse(await this.get(`/api/v1/query?${query}`)) as {
      readonly status: string;
      readonly error?: string;
      readonly data: {
        readonly result: readonly { metric: Sample['metric']; value: [number, string] }[];
      };
    };
    if (status !== 'success') throw new Error(`${error}: ${expression}`);
    return data.result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
  }

  /** Rules that could not be evaluated, each with the reason. */
  async ruleErrors(): Promise<string[]> {
    const { data } = JSON.parse(await this.get('/api/v1/rules')) as {
      readonly data: {
        readonly groups: readonly {
          readonly rules: readonly { name: string; health: string; lastError?: string }[];
        }[];
      };
    };
    return data.groups
      .flatMap(({ rules }) => rules)
      .filter(({ health }) => health !== 'ok')
      .map(({ name, health, lastError = health }) => `${name}: ${lastError}`);
  }

  /** Asks again and again, and says whether it came to hold: for a minute at most, of which all that is asked for has a share. */
  async until(holds: () => Promise<boolean>): Promise<boolean> {
    for (; ; this.patience -= 1) {
      if (await holds()) return true;
      if (this.patience <= 0) return false;
      await sleep(250);
    }
  }

  /** Whether an expression has a number, within a minute. */
  hasData(expression: string): Promise<boolean> {
    return this.until(async () =>
      (await this.query(expression)).some(({ value }) => Number.isFinite(value)),
    );
  }
}
