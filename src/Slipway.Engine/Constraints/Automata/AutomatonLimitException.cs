namespace Slipway.Engine.Constraints.Automata;

/// <summary>An expression would take more states or work than is sensible; the message says which.</summary>
internal sealed class AutomatonLimitException(string message) : Exception(message);
