// Package script proves the command line from outside: each .txtar file beside it
// is a short session with the real program in processes of its own. The program
// is the test binary under another name, so nothing but Go is needed.
//
// Scripts wait by asking again until a deadline, never by sleeping for a while
// that should be enough. Their commands are those of testscript and:
//
//	exits CODE PROGRAM [ARG]...   run it; the exit code must be this one
//	start NAME [FLAG]...          start "patchbay serve"; ready when it returns; sets URL, HOST
//	halt NAME [KILL]              stop it with SIGTERM, or kill it; it must exit with 0
//	http STATUS METHOD PATH [HEADER: VALUE]... [@FILE|=BODY]
//	                              ask the server; body on stdout, head on stderr
//	webhook STATUS PATH FILE SECRET [ID]
//	                              sign a body as a sender would, and send it
//	json EXPR [FILE]              stdout is one JSON document for which EXPR is true
//	let NAME EXPR                 take a text out of stdout; env.NAME in later EXPR
//	within FILE NAME REGEXP       take the group of REGEXP out of a file
//	until EXPR PROGRAM [ARG]...   run it again until EXPR is true for its stdout
//	outside [SERVICE=KEY]...      start stand-in services; sets OUTSIDE, ADDRESS
//	fill FILE...                  put the address of the stand-ins for $OUTSIDE
//	fault SERVICE METHOD PATH STATUS BODY
//	                              let the next such call fail
//	ledger [COUNT]                what the stand-ins were asked, on stdout; waits for
//	                              COUNT requests
//	fingerprint PATH              names and hashes of all files, on stdout
//	absent TEXT PATH...           no file there has TEXT, plain or encoded
//	hide NAME...                  the variables that hold secrets
//	clean PATH...                 absent, for each of them
package script
