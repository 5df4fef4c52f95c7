import { describe, expect, test } from "@jest/globals";

import { connectionOptions } from "./connection-options.ts";

const LOCAL = ["localhost", "127.0.0.1", "[::1]"];

describe("connectionOptions", () => {
  test("takes a URL apart and decodes it", () => {
    expect(connectionOptions("postgres://us%40er:p%2Fw%25@db.example:6432/na%20me")).toEqual({
      host: "db.example",
      port: 6432,
      user: "us@er",
      password: "p/w%",
      database: "na me",
      ssl: { rejectUnauthorized: false },
    });
  });

  test("fills in what a URL may leave out", () => {
    const options = connectionOptions("postgresql://user@localhost");
    expect(options).toMatchObject({ port: 5432, database: "user", password: "" });
  });

  test("reaches a socket without TLS", () => {
    const options = connectionOptions("postgres://user:pw@/name?host=/run/postgresql");
    expect(options).toMatchObject({ host: "/run/postgresql", database: "name", ssl: false });
  });

  test("encrypts to other machines without verifying, as Heroku's self-signed certificates need", () => {
    for (const query of ["", "?sslmode=require", "?sslmode=prefer", "?sslmode=no-verify", "?ssl=true"]) {
      expect(connectionOptions(`postgres://u:p@db.example/n${query}`).ssl).toEqual({ rejectUnauthorized: false });
    }
  });

  test("verifies when the URL asks for it", () => {
    for (const mode of ["verify-ca", "verify-full"]) {
      const { ssl } = connectionOptions(`postgres://u:p@db.example/n?sslmode=${mode}`);
      expect(ssl).toEqual({ rejectUnauthorized: true, host: "db.example" });
    }
  });

  test("does not encrypt when the URL forbids it", () => {
    expect(connectionOptions("postgres://u:p@db.example/n?sslmode=disable").ssl).toBe(false);
    expect(connectionOptions("postgres://u:p@db.example/n?ssl=false").ssl).toBe(false);
  });

  test("does not encrypt on this machine unless asked to", () => {
    for (const host of LOCAL) expect(connectionOptions(`postgres://u:p@${host}/n`).ssl).toBe(false);
    expect(connectionOptions("postgres://u:p@localhost/n?sslmode=require").ssl).not.toBe(false);
  });

  test.each(["", "localhost:5432", "mysql://u:p@h/n", "postgres://u:s3cret@[/n", "postgres://u:s3cret%@h/n"])(
    "refuses %j without quoting it",
    (url) => {
      let caught: unknown;
      try {
        connectionOptions(url);
      } catch (error) {
        caught = error;
      }
      expect(caught).toMatchObject({ code: "database.url" });
      expect(JSON.stringify([String(caught), caught])).not.toContain("s3cret");
    },
  );

  test("names an authority that cannot be read", () => {
    const url = "postgres://u:p@db.example/n?sslmode=verify-full&sslrootcert=/nowhere/root.crt";
    expect(() => connectionOptions(url)).toThrow("sslrootcert");
  });
});
