// Ours: the bundle's types are those of the package it was made from.
export { io } from "socket.io-client";
