namespace Slipway.Server.Features.Runs.Executors;

/// <summary>
/// The outside world does not answer, and so it cannot be said whether the thing was done: nothing is decided, the same call
/// is made again later. Its message is for people.
/// </summary>
internal class ExecutorUnreachableException(string message, Exception? inner = null) : IOException(message, inner);
