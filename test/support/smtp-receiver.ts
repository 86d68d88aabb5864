import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Certificate } from './certificate.ts';

/** A mail server on this machine that notes down what it is told. */
export interface SmtpReceiver extends AsyncDisposable {
  readonly port: number;
  /** Everything that it was sent, in lines. */
  readonly lines: readonly string[];
  /** Those of them that anybody on the way could have read. */
  readonly plainLines: readonly string[];
}

export interface SmtpReceiverOptions {
  /** Its answer to a sender's name, instead of taking it. */
  readonly refuse?: string;
  /** With one it begins encryption when it is asked to (`starttls`), or at once (`tls`); else it has none. */
  readonly encryption?: { readonly begins: 'starttls' | 'tls'; readonly certificate: Certificate };
}

export async function createSmtpReceiver({
  refuse,
  encryption,
}: SmtpReceiverOptions = {}): Promise<SmtpReceiver> {
  const lines: string[] = [];
  const plainLines: string[] = [];
  const sockets = new Set<Socket>();

  function encrypted(socket: Socket): TLSSocket {
    const secureContext = createSecureContext(encryption?.certificate);
    return new TLSSocket(socket, { isServer: true, secureContext });
  }

  function talk(socket: Socket, isEncrypted: boolean): void {
    let [rest, inData] = ['', false];
    const say = (...answers: string[]): void =>
      void socket.write(answers.map((answer) => `${answer}\r\n`).join(''));
    const onLine = (line: string): void => {
      lines.push(line);
      if (!isEncrypted) plainLines.push(line);
      if (inData) {
        if (line !== '.') return;
        inData = false;
        return say('250 taken');
      }
      switch (line.slice(0, 4).toUpperCase()) {
        case 'DATA':
          inData = true;
          return say('354 go on');
        case 'EHLO':
          return say('250-test', isEncrypted ? '250 AUTH PLAIN' : '250 STARTTLS');
        case 'STAR':
          if (encryption === undefined) return say('454 no encryption here');
          say('220 go on');
          socket.removeAllListeners('data');
          return talk(encrypted(socket), true);
        case 'AUTH':
          return say('235 well');
        case 'QUIT':
          return say('221 bye');
        case 'MAIL':
          return say(refuse ?? '250 well');
        default:
          return say('250 well');
      }
    };
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      const parts = (rest + chunk.toString()).split('\r\n');
      rest = parts.pop() ?? '';
      parts.forEach(onLine);
    });
    if (!isEncrypted || encryption?.begins === 'tls') say('220 test');
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    const isSecure = encryption?.begins === 'tls';
    talk(isSecure ? encrypted(socket) : socket, isSecure);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    plainLines,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
