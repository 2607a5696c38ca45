using System.Collections.Immutable;

namespace Slipway.Engine.Formats.Safetensors;

/// <summary>What the header says of a tensor.</summary>
/// <param name="Name">Unique in the file.</param>
/// <param name="Type">Format of the values.</param>
/// <param name="Shape">The fastest-running length last.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">The byte after the last.</param>
internal sealed record SafetensorsEntry(string Name, SafetensorsType Type, ImmutableArray<long> Shape, long Begin, long End);
