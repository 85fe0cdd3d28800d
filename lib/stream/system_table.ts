// The tables of names that a system keeps in files: services(5), protocols(5), hosts(5).

/** Where they are on Windows, whose table of protocols has another name. */
const ON_WINDOWS = { services: "services", protocols: "protocol", hosts: "hosts" };

/** The path of a table; `root` is Windows' own folder, where that is the system. */
export function systemTablePath(table: keyof typeof ON_WINDOWS, root: string | undefined): string {
  return root === undefined ? `/etc/${table}` : `${root}\\System32\\drivers\\etc\\${ON_WINDOWS[table]}`;
}

/** The text of a table; empty where it is not there or may not be read. */
export function systemTable(table: keyof typeof ON_WINDOWS): string {
  try {
    const root = Deno.build.os === "windows" ? Deno.env.get("SystemRoot") ?? "C:\\Windows" : undefined;
    return Deno.readTextFileSync(systemTablePath(table, root));
  } catch {
    return "";
  }
}
