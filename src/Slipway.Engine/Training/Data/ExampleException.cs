namespace Slipway.Engine.Training.Data;

/// <summary>One example cannot be learned from; whoever knows its file and line makes a <see cref="DataFault"/> of it.</summary>
internal sealed class ExampleException(string message) : Exception(message);
