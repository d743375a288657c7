import * as http from 'node:http';
import * as https from 'node:https';
import { isIP, isIPv6 } from 'node:net';
import { fault } from '../lib/checks';

/** Whom to connect to, and how long. */
export interface RequestOptions {
  /**
   * A host or an IP address, with a port or without. SNI and `Host` stay those of the URL.
   * @default - the host and the port of the URL
   */
  readonly address?: string;
  /** Aborted when the time is over. */
  readonly signal: AbortSignal;
}

/** What was answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /**
   * The body.
   * @default - it is longer than `MAX_KIB`
   */
  readonly text?: string;
}

/** No answer about health is longer. */
export const MAX_KIB = 64;

const ADDRESS = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i;

/**
 * Asks once, on a connection of its own: a kept one would lead to the same pod, and hide a new certificate.
 *
 * @throws Error with the code of Node or OpenSSL when nothing answers
 */
export async function ask(url: string, { address, signal }: RequestOptions): Promise<HttpAnswer> {
  const { protocol, hostname, host } = new URL(url);
  const secure = protocol === 'https:';
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const request = (secure ? https : http).get(
      url,
      {
        ...(address === undefined ? {} : connection(address)),
        // An IP address is no name of a server, by RFC 6066.
        ...(secure && isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? { servername: hostname } : {}),
        headers: { host, connection: 'close', 'user-agent': 'seda' },
        signal,
      },
      resolve,
    );
    request.on('error', reject);
  });
  const text = await textOf(response);
  return {
    status: response.statusCode!,
    headers: response.headers,
    ...(text === undefined ? {} : { text }),
  };
}

/** What is wrong with an address to connect to. */
export function addressFaults(address: string | undefined): string[] {
  if (address === undefined || isIPv6(address)) return [];
  const [, six, , port = '1'] = ADDRESS.exec(address) ?? [];
  const good =
    ADDRESS.test(address) && (six === undefined || isIPv6(six)) && +port > 0 && +port < 65_536;
  return good
    ? []
    : [
        fault(
          'health: address',
          'is no address to connect to',
          address,
          'HOST or IP, and :PORT where it is another one, such as 203.0.113.7 or [2001:db8::7]:8443',
          'correct it',
        ),
      ];
}

function connection(address: string): { readonly hostname: string; readonly port?: string } {
  if (isIPv6(address)) return { hostname: address };
  const [, six, hostname = six!, port] = ADDRESS.exec(address)!;
  return { hostname, ...(port === undefined ? {} : { port }) };
}

/** The body, unless it is longer than any health: one without an end would fill the memory. */
async function textOf(response: http.IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_KIB * 1024) return undefined;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
