// Completions in the shells themselves: each runs on a terminal, and after the tab key tells what stands on its line.
import { assertEquals } from "@std/assert";
import { openOne } from "../helpers/endpoint.ts";
import { interop, netlab } from "../helpers/netlab.ts";

const TYPED: readonly (readonly [typed: string, completed: string])[] = [
  ["netlab so", "netlab socks"],
  ["netlab comple", "netlab completions"],
  ["netlab completions f", "netlab completions fish"],
  ["netlab help re", "netlab help relay"],
  ["netlab relay tls-l", "netlab relay tls-listen:"],
  ["netlab relay TLS-L", "netlab relay tls-listen:"],
  ["netlab relay --help tls-l", "netlab relay --help tls-listen:"],
  ["netlab relay --hel", "netlab relay --help"],
  ["netlab relay tcp-listen:1234,fork,reusea", "netlab relay tcp-listen:1234,fork,reuseaddr"],
  ["netlab relay - tls:host:443,caf", "netlab relay - tls:host:443,cafile="],
  ["netlab relay - TLS:host:443,caf", "netlab relay - tls:host:443,cafile="],
  ["netlab relay - tls:host:443,starttls=im", "netlab relay - tls:host:443,starttls=imap"],
  // Options of other addresses are not offered.
  ["netlab relay - tcp:host:80,cafil", "netlab relay - tcp:host:80,cafil"],
  ["netlab relay - tls:host:443,cafile=auth", "netlab relay - tls:host:443,cafile=authority.pem"],
  ["netlab relay - tls:host:443,cafile=./auth", "netlab relay - tls:host:443,cafile=./authority.pem"],
  ["netlab relay - 'tls:host:443,cafile=auth", "netlab relay - 'tls:host:443,cafile=authority.pem'"],
  ["netlab relay - tls:host:443,cafile=two\\ ", "netlab relay - tls:host:443,cafile=two words.pem"],
  ["netlab relay - open:auth", "netlab relay - open:authority.pem"],
  ["netlab relay - open:fol", "netlab relay - open:folder/"],
  ["netlab relay - ./auth", "netlab relay - ./authority.pem"],
  ["netlab relay --log js", "netlab relay --log json"],
  ["netlab relay --log=js", "netlab relay --log=json"],
  ["netlab relay --pcap auth", "netlab relay --pcap authority.pem"],
  ["netlab relay --pcap=auth", "netlab relay --pcap=authority.pem"],
  ["netlab relay --explain=modb", "netlab relay --explain=modbus"],
  ["netlab socks --no-htt", "netlab socks --no-http"],
  ["netlab dig +showb", "netlab dig +showbad"],
  ["netlab dig +showbadc", "netlab dig +showbadcookie"],
  ["netlab dig -f auth", "netlab dig -f authority.pem"],
  ["netlab dump --num", "netlab dump --number"],
  ["netlab dump -r auth", "netlab dump -r authority.pem"],
  ["netlab dump --bytes modb", "netlab dump --bytes modbus"],
];

/** How a shell is started with our completions, told to print its line between `<<` and `>>` at Ctrl-X P. */
const SHELLS: Readonly<Record<string, { start: string; setup: string }>> = {
  bash: {
    start: "exec bash --noprofile --rcfile ./setup -i",
    setup: `eval "$(cat script)"; bind 'set enable-bracketed-paste off'; bind 'set bell-style none'\n` +
      `bind -x '"\\C-xp":printf "<<%s>>" "$READLINE_LINE"'; bind '"\\C-xk":kill-whole-line'\n`,
  },
  zsh: {
    start: 'mv setup .zshrc; ZDOTDIR="$PWD" exec zsh -d -i',
    setup: 'autoload -Uz compinit; compinit -D -u; eval "$(cat script)"\n' +
      "tell() { print -n -- \"<<$BUFFER>>\" }; zle -N tell; bindkey '^Xp' tell; bindkey '^Xk' kill-whole-line\n",
  },
  fish: {
    start: 'exec fish --no-config -C "source ./setup"',
    setup: "source script; function tell; echo -n '<<'(commandline)'>>'; end; bind \\cxp tell\n" +
      "function forget; commandline ''; end; bind \\cxk forget\n",
  },
};

for (const [shell, { start, setup }] of Object.entries(SHELLS)) {
  interop(`completions: ${shell}`, [shell], async () => {
    const folder = await Deno.makeTempDir();
    try {
      const { stdout: script } = await netlab(["completions", shell]);
      await Deno.writeTextFile(`${folder}/script`, script);
      await Deno.writeTextFile(`${folder}/setup`, `${setup}echo RE""ADY\n`);
      await Deno.writeTextFile(`${folder}/start`, start);
      for (const file of ["authority.pem", "two words.pem"]) await Deno.writeTextFile(`${folder}/${file}`, "");
      await Deno.mkdir(`${folder}/folder`);
      const env = `env -i PATH=${Deno.env.get("PATH")} HOME=${folder} TERM=xterm LC_ALL=C.UTF-8`;
      await using terminal = await openOne(
        `exec:"${env} sh ./start",pty,setsid,ctty,stderr,winsz=50:300,chdir=${folder}`,
      );
      const writer = terminal.writable.getWriter();
      const type = (text: string) => writer.write(new TextEncoder().encode(text));
      let seen = "";
      const reader = terminal.readable.pipeThrough(new TextDecoderStream()).getReader();
      const until = async (pattern: RegExp) => {
        for (;;) {
          const found = pattern.exec(seen);
          if (found !== null) {
            seen = seen.slice(found.index + found[0].length);
            return found[1] ?? "";
          }
          const { done, value } = await reader.read();
          if (done) throw new Error(`${shell} has ended:\n${seen}`);
          seen += value;
        }
      };
      await until(/READY/);
      for (const [typed, completed] of TYPED) {
        await type(`${typed}\t\x18p`);
        // Shells leave a blank behind what is whole, and case as it was typed or as it is written in the script.
        const line = (await until(/<<(.*?)>>/s)).replace(/two\\ /, "two ").trimEnd();
        assertEquals(line.replace(/(tls|tls-listen):|,cafile=/gi, (word) => word.toLowerCase()), completed, shell);
        await type("\x18k");
      }
      await type("exit\n");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
