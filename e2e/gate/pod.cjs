'use strict';

// Process 1 of a pod's network, for gate.e2e.ts: a name server on port 53, the API's pods on every address, and the gate
// script as the Job runs it. What the name server knows and how it fails is JSON in SCENARIO. Ends as the gate does.

const { spawn } = require('node:child_process');
const dgram = require('node:dgram');
const http = require('node:http');
const net = require('node:net');
const dns = require('dns-packet');

/** @type {{ records: Record<string, string[]>, fail?: Record<string, 'SERVFAIL' | 'silence'>, tcpOnly?: boolean }} */
const { records, fail = {}, tcpOnly = false } = JSON.parse(process.env.SCENARIO);
const RESPONSE_CODE = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3 };

/** The answer to a query, or nothing where the server is silent. */
function answer(query, isTcp) {
  const [question] = query.questions;
  const name = question.name.toLowerCase();
  const failure = fail[name] ?? fail[`${question.type} ${name}`];
  if (failure === 'silence') return undefined;
  const found = records[name];
  const code = failure ?? (found ? 'NOERROR' : 'NXDOMAIN');
  const answers = (found ?? [])
    .filter((address) => net.isIPv6(address) === (question.type === 'AAAA'))
    .map((data) => ({ name: question.name, type: question.type, ttl: 5, data }));
  const truncated = tcpOnly && !isTcp && answers.length > 0;
  return {
    id: query.id,
    type: 'response',
    flags:
      dns.AUTHORITATIVE_ANSWER |
      dns.RECURSION_DESIRED |
      (truncated ? dns.TRUNCATED_RESPONSE : 0) |
      RESPONSE_CODE[code],
    questions: query.questions,
    answers: truncated || code !== 'NOERROR' ? [] : answers,
  };
}

const udp = dgram.createSocket('udp4');
udp.on('message', (message, { port, address }) => {
  const response = answer(dns.decode(message), false);
  if (response) udp.send(dns.encode(response), port, address);
});

const tcp = net.createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', (message) => {
    const response = answer(dns.streamDecode(message), true);
    if (response) socket.end(dns.streamEncode(response));
  });
});

const api = http.createServer((_, response) => response.end('{"checks":{"database":true}}'));

const bound = (server, ...args) => new Promise((resolve) => server[args.shift()](...args, resolve));

(async () => {
  await bound(udp, 'bind', 53, '127.0.0.1');
  await bound(tcp, 'listen', 53, '127.0.0.1');
  await bound(api, 'listen', 3001, '::');
  spawn(process.execPath, ['-e', process.env.SCRIPT], { stdio: 'inherit' }).on('exit', (code) =>
    process.exit(code ?? 1),
  );
})();
