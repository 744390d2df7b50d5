/** Certificates made by openssl: an authority, and what it vouches for. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

export interface Certificates {
  readonly ca: string;
  /** Makes `NAME.crt` and `NAME.key`, in PEM; for the loopback, signed by the authority. */
  issue(name: string): { readonly certificate: string; readonly key: string };
}

export function makeCertificates(directory: string): Certificates {
  const openssl = (...args: readonly string[]): void => {
    execFileSync("/usr/bin/openssl", args, { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
  };
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...curve, "-keyout", "ca.key", "-out", "ca.crt", "-days", "2", "-subj", "/CN=test authority");
  return {
    ca: join(directory, "ca.crt"),
    issue(name) {
      const names = ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
      openssl("req", ...curve, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`, ...names);
      const signing = ["-CA", "ca.crt", "-CAkey", "ca.key", "-copy_extensions", "copy", "-days", "2"];
      openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.crt`, ...signing);
      return { certificate: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) };
    },
  };
}
