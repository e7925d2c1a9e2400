import assert from "node:assert/strict";
import test from "node:test";
import {isOfInputMethod, isSendKey, ScreenKeyboard} from "../../../static/chat/model/send_key.js";

const DESKTOP = {isTouch: false, isKeyboardOnScreen: false};
const PHONE = {isTouch: true, isKeyboardOnScreen: true};
const TABLET_WITH_KEYBOARD = {isTouch: true, isKeyboardOnScreen: false};
const ENTER = {
  key: "Enter",
  code: "Enter",
  keyCode: 13,
  isComposing: false,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
};

test("Enter sends on a physical keyboard", () => {
  for (const device of [DESKTOP, TABLET_WITH_KEYBOARD]) {
    assert.equal(isSendKey(ENTER, device), true);
    assert.equal(isSendKey({...ENTER, code: "NumpadEnter"}, device), true);
    assert.equal(isSendKey({...ENTER, shiftKey: true}, device), false);
    assert.equal(isSendKey({...ENTER, key: "a", code: "KeyA"}, device), false);
  }
});

test("Enter of an on-screen keyboard starts a new line", () => {
  assert.equal(isSendKey({...ENTER, code: ""}, PHONE), false);
  assert.equal(isSendKey(ENTER, PHONE), false, "some on-screen keyboards give a code");
  assert.equal(isSendKey({...ENTER, code: ""}, TABLET_WITH_KEYBOARD), false, "a keyboard that floats covers nothing");
});

test("Ctrl+Enter and Cmd+Enter send on every device", () => {
  for (const device of [DESKTOP, PHONE, TABLET_WITH_KEYBOARD]) {
    assert.equal(isSendKey({...ENTER, ctrlKey: true}, device), true);
    assert.equal(isSendKey({...ENTER, metaKey: true}, device), true);
  }
});

test("a key belongs to the input method while it composes, and as Safari reports the one that confirms", () => {
  assert.equal(isOfInputMethod({isComposing: true, keyCode: 27}), true);
  assert.equal(isOfInputMethod({isComposing: false, keyCode: 229}), true);
  assert.equal(isOfInputMethod({isComposing: false, keyCode: 27}), false);
});

test("the Enter that ends a composition never sends", () => {
  for (const modifiers of [{}, {ctrlKey: true}, {metaKey: true}]) {
    assert.equal(isSendKey({...ENTER, ...modifiers, isComposing: true}, DESKTOP), false);
    assert.equal(isSendKey({...ENTER, ...modifiers, keyCode: 229}, DESKTOP), false);
  }
});

test("a viewport that loses a good part of its height has a keyboard", () => {
  const keyboard = new ScreenKeyboard();
  keyboard.resized(390, 780);
  assert.equal(keyboard.isOpen, false);
  keyboard.resized(390, 480);
  assert.equal(keyboard.isOpen, true);
  keyboard.resized(390, 724); // the address bar came back, and the keyboard is gone
  assert.equal(keyboard.isOpen, false);
});

test("a rotated screen, and a bar above a physical keyboard, are no keyboard", () => {
  const keyboard = new ScreenKeyboard();
  keyboard.resized(820, 1180);
  keyboard.resized(820, 1110);
  assert.equal(keyboard.isOpen, false);
  keyboard.resized(1180, 820);
  assert.equal(keyboard.isOpen, false);
  keyboard.resized(1180, 400);
  assert.equal(keyboard.isOpen, true);
});
