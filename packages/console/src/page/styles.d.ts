/** The bundler takes these out of the code and puts them beside it. */
declare module '*.css'
