import { describe, expect, it } from "vitest";
import { DisposedError, ShapeError } from "../errors.js";
import type { Artefact } from "./artefact.js";
import { Handle } from "./handle.js";
import { baseInstance, Instance, simd128Instance } from "./instance.js";

/** An instance of its own, whose module does nothing: a trap in the real one would end it for every other test. */
function newInstance(): Instance {
  const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  const artefact = {
    name: "simd128",
    packed: "",
    boundary: { initSync: () => ({ memory: undefined }) },
  } as unknown as Artefact;
  return new Instance(artefact, new WebAssembly.Module(empty));
}

/** Throws as the boundary does: an Error that carries the name of a class. */
function throwNamed(name: string): never {
  throw Object.assign(new Error("Cannot do this: it is so"), { name });
}

function trap(): never {
  throw new WebAssembly.RuntimeError("unreachable");
}

describe("Instance", () => {
  it.each([
    ["RangeError", RangeError],
    ["TypeError", TypeError],
    ["ShapeError", ShapeError],
  ])("throws an error that the boundary names %s as that class, with its message", (name, errorClass) => {
    const instance = newInstance();
    const attempt = () => instance.run(() => throwNamed(name));
    expect(attempt).toThrow(errorClass);
    expect(attempt).toThrow(/^Cannot do this: it is so$/);
    expect(instance.dead).toBe(false);
  });

  it("hands on other errors as they are", () => {
    const error = new Error("from a callback");
    const attempt = () =>
      newInstance().run(() => {
        throw error;
      });
    expect(attempt).toThrow(error);
  });

  it("is dead after a trap, and says so to every later call without making it", () => {
    const instance = newInstance();
    expect(() => instance.run(trap)).toThrow(
      /has trapped \(RuntimeError: unreachable\), and the models in it are lost/,
    );
    expect(instance.dead).toBe(true);
    let called = false;
    const later = () =>
      instance.run(() => {
        called = true;
      });
    expect(later).toThrow(/has trapped/);
    expect(called).toBe(false);
  });

  it("is dead after the stack ran out inside it", () => {
    const instance = newInstance();
    const deepen = (): number => 1 + deepen();
    expect(() => instance.run(deepen)).toThrow(/has trapped/);
    expect(instance.dead).toBe(true);
  });

  it("traps for real when a module does", () => {
    // (module (func (export "f") unreachable))
    const bytes = [
      0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 5, 1, 3, 0, 0,
      11,
    ];
    const module = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes)));
    const instance = newInstance();
    expect(() => instance.run(module.exports.f as () => void)).toThrow(/has trapped/);
  });

  it("is started once", () => {
    expect(baseInstance()).toBe(baseInstance());
    expect(simd128Instance()).toBe(simd128Instance());
  });
});

describe("Handle", () => {
  const owned = () => {
    const object = { frees: 0, free: () => object.frees++ };
    return object;
  };

  it("gives its object until it is disposed, and frees it once", () => {
    const object = owned();
    const handle = new Handle(newInstance(), object);
    expect(handle.get("predict")).toBe(object);
    handle.dispose();
    handle.dispose();
    expect(object.frees).toBe(1);
    expect(() => handle.get("predict")).toThrow(
      new DisposedError("Cannot predict: the model was disposed; build it or load it again"),
    );
  });

  it("does not call into a dead instance", () => {
    const instance = newInstance();
    const object = owned();
    const handle = new Handle(instance, object);
    expect(() => instance.run(trap)).toThrow();
    handle.dispose();
    expect(object.frees).toBe(0);
  });
});
