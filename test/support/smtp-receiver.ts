import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A mail server on this machine, without encryption, that notes down what it is told. */
export interface SmtpReceiver extends AsyncDisposable {
  readonly port: number;
  /** Everything that it was sent, in lines. */
  readonly lines: readonly string[];
}

/** `refuse`: its answer to a sender's name, instead of taking it. */
export async function createSmtpReceiver(refuse?: string): Promise<SmtpReceiver> {
  const lines: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let [rest, inData] = ['', false];
    const say = (answer: string): void => void socket.write(`${answer}\r\n`);
    const onLine = (line: string): void => {
      lines.push(line);
      if (inData) {
        if (line !== '.') return;
        inData = false;
        return say('250 taken');
      }
      const command = line.slice(0, 4).toUpperCase();
      if (command === 'DATA') {
        inData = true;
        return say('354 go on');
      }
      if (command === 'STAR') return say('454 no encryption here');
      if (command === 'QUIT') return say('221 bye');
      say(command === 'MAIL' && refuse !== undefined ? refuse : '250 well');
    };
    say('220 test');
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      const parts = (rest + chunk.toString()).split('\r\n');
      rest = parts.pop() ?? '';
      parts.forEach(onLine);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
