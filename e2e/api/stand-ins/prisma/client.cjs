'use strict';

// PostgreSQL's protocol, version 3, as far as a question and its answer need it:
// https://www.postgresql.org/docs/15/protocol-message-formats.html
// One connection a question; authentication by a password in clear or by none.

const net = require('node:net');

const PROTOCOL = 3 << 16;
const TIMEOUT = 2000;

class PrismaClient {
  constructor() {
    if (!process.env.DATABASE_URL) throw new Error('DATABASE_URL is not set');
    this.url = new URL(process.env.DATABASE_URL);
  }

  $queryRaw(sql) {
    return this.$queryRawUnsafe(sql.join(''));
  }

  /** The rows of all statements, as lists of text. */
  $queryRawUnsafe(sql) {
    const { hostname, port, username, password, pathname } = this.url;
    return new Promise((resolve, reject) => {
      const rows = [];
      let asked = false;
      let rest = Buffer.alloc(0);
      const socket = net.connect({ host: hostname, port: Number(port || 5432), timeout: TIMEOUT });
      const fail = (error) => (socket.destroy(), reject(error));
      const answer = {
        R: (body) => {
          const method = body.readInt32BE(0);
          if (method === 3) socket.write(message('p', `${decodeURIComponent(password)}\0`));
          else if (method !== 0)
            fail(
              new Error(
                `the database asks for authentication ${method}, which is not understood here`,
              ),
            );
        },
        D: (body) => rows.push(columns(body)),
        E: (body) =>
          fail(
            new Error(/\0M([^\0]*)/.exec(body.toString())?.[1] ?? 'the database reports an error'),
          ),
        Z: () => {
          if (asked) {
            socket.end(message('X', ''));
            resolve(rows);
          } else {
            asked = true;
            socket.write(message('Q', `${sql}\0`));
          }
        },
      };
      socket.on('connect', () =>
        socket.write(startup({ user: decodeURIComponent(username), database: pathname.slice(1) })),
      );
      socket.on('timeout', () =>
        fail(new Error(`the database does not answer within ${TIMEOUT} ms`)),
      );
      socket.on('error', fail);
      socket.on('close', () => fail(new Error('the database closed the connection')));
      socket.on('data', (chunk) => {
        rest = Buffer.concat([rest, chunk]);
        while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
          const end = 1 + rest.readInt32BE(1);
          answer[String.fromCharCode(rest[0])]?.(rest.subarray(5, end));
          rest = rest.subarray(end);
        }
      });
    });
  }
}

function startup(parameters) {
  const text = `${Object.entries(parameters).flat().join('\0')}\0\0`;
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + Buffer.byteLength(text), 0);
  head.writeInt32BE(PROTOCOL, 4);
  return Buffer.concat([head, Buffer.from(text)]);
}

function message(type, text) {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(4 + Buffer.byteLength(text), 1);
  return Buffer.concat([head, Buffer.from(text)]);
}

function columns(body) {
  let at = 2;
  return Array.from({ length: body.readInt16BE(0) }, () => {
    const length = body.readInt32BE(at);
    at += 4 + Math.max(length, 0);
    return length < 0 ? null : body.toString('utf8', at - length, at);
  });
}

exports.PrismaClient = PrismaClient;
