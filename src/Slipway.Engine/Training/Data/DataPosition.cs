using System.Text.Json.Serialization;

namespace Slipway.Engine.Training.Data;

/// <summary>How far a run has read its data.</summary>
/// <param name="Epoch">Passes that are done, from 0.</param>
/// <param name="Index">Examples of the pass under way that are done, from 0.</param>
internal sealed record DataPosition(int Epoch, int Index);

/// <summary>How checkpoints hold it.</summary>
[JsonSerializable(typeof(DataPosition))]
internal sealed partial class DataPositionJson : JsonSerializerContext;
