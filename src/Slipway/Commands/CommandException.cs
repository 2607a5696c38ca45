namespace Slipway.Commands;

/// <summary>A command cannot go on; the message is all that the user needs.</summary>
internal sealed class CommandException(string message) : Exception(message);
