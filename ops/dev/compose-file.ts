import { parse } from 'yaml';

/** A port of this machine that local development takes. */
export interface WantedPort {
  readonly port: number;
  /** Who wants it, as people know it: a service of the Compose file, or Supabase. */
  readonly by: string;
}

interface Compose {
  readonly services: {
    readonly [name: string]: {
      readonly ports?: readonly string[];
      readonly environment?: { readonly [variable: string]: string };
    };
  };
}

/** What the Compose file asks of the machine that it runs on. */
export class ComposeFile {
  private readonly compose: Compose;

  constructor(private readonly text: string) {
    this.compose = parse(text) as Compose;
  }

  /** The address of the API for people. */
  get url(): string {
    return this.setting('PUBLIC_URL');
  }

  /** Every port that must be free, that of Supabase included, which Compose does not start. */
  get ports(): readonly WantedPort[] {
    const published = Object.entries(this.compose.services).flatMap(([by, { ports = [] }]) =>
      ports.map((port) => ({ port: Number(port.split(':').at(-2)), by })),
    );
    return [...published, { port: this.supabasePort, by: 'Supabase' }];
  }

  get supabasePort(): number {
    return Number(new URL(this.setting('SUPABASE_URL')).port);
  }

  /** Variables that have neither a value nor a default. */
  missing(env: NodeJS.ProcessEnv): string[] {
    const names = [...this.text.matchAll(/(?<!\$)\$\{(\w+)(?:\}|:?\?)/g)].map((match) => match[1]!);
    return [...new Set(names)].filter((name) => !env[name]);
  }

  private setting(name: string): string {
    return this.compose.services.app!.environment![name]!;
  }
}

/** Ports that containers have published, from `docker compose ps --format json`: one object a line, or a list before Compose 2.21. */
export function publishedPorts(output: string): number[] {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines
    .flatMap((line) => [JSON.parse(line)].flat() as { Publishers?: { PublishedPort: number }[] }[])
    .flatMap(({ Publishers }) => (Publishers ?? []).map(({ PublishedPort }) => PublishedPort));
}

/** The key of the service role, from `supabase status --output env`; newer projects have a secret key in its place. */
export function serviceKey(output: string): string | undefined {
  const value = (name: string) => new RegExp(`^${name}="?([^"\\n]+)"?$`, 'm').exec(output)?.[1];
  return value('SERVICE_ROLE_KEY') ?? value('SECRET_KEY');
}
