import { API } from './api';
import type { SedaEnvironment } from './environment';
import { secretKeys } from './settings';

/** What a person must know of a value to make it. */
export interface SecretValue {
  readonly what: string;
  /** How it is written, with placeholders in capitals. */
  readonly format: string;
}

type FirstKey = (typeof API.secret.env)[keyof typeof API.secret.env];

/**
 * What each key of the Secret is to hold in an environment. A key of `API.secret` without a line here does not compile;
 * one of `secretKeys` may have one.
 */
export function secretValues(environment: SedaEnvironment): {
  readonly [key: string]: SecretValue;
} {
  const later = Object.entries(secretKeys(environment)).map(([variable, key]) => [
    key,
    { what: `the value of ${variable}`, format: 'text' },
  ]);
  return { ...Object.fromEntries(later), ...firstValues(environment) };
}

function firstValues({ database, supabase, auth }: SedaEnvironment): {
  readonly [key in FirstKey]: SecretValue;
} {
  const postgres =
    database.kind === 'managed'
      ? `the managed PostgreSQL instance "${database.instance}"`
      : 'PostgreSQL in the namespace';
  const project =
    supabase.kind === 'project'
      ? `the Supabase project ${supabase.projectRef}`
      : 'the local Supabase, as "supabase status" prints it';
  return {
    // Prisma's migrations need a session, which a pooler in transaction mode does not give.
    'database-url': {
      what: `connection string of ${postgres}; a direct or session connection`,
      format: 'postgresql://USER:PASSWORD@HOST:5432/DATABASE?sslmode=require',
    },
    'supabase-service-key': {
      what: `secret key (service_role) of ${project}`,
      format: 'sb_secret_..., or the older JSON web token eyJ...',
    },
    'jwt-secret':
      auth === 'supabase'
        ? {
            what: `the secret with which Supabase Auth signs the users' tokens, that of ${project}`,
            format: 'text of at least 32 characters, as its dashboard shows it',
          }
        : {
            what: "the secret with which the API signs the users' tokens",
            format: 'text of at least 32 characters, e.g. of: openssl rand -base64 48',
          },
    'admin-api-key': {
      what: "the key of the API's administration",
      format: 'text of at least 32 characters, e.g. of: openssl rand -hex 32',
    },
  };
}
