using System.ComponentModel.DataAnnotations;
using Slipway.Engine.Cache;

namespace Slipway.Server.Serving;

internal sealed class ServingOptions : IValidatableObject
{
    /// <summary>The model to load at start: a file, a folder, or a name in <see cref="ModelsFolder"/>. Null loads none.</summary>
    public string? Model { get; init; }

    /// <summary>Where models are looked for by name.</summary>
    [Required]
    public string ModelsFolder { get; init; } = "models";

    /// <summary>
    /// Sequences decoded at once. More share the machine's memory bandwidth and each gets slower. The largest batch of ten runs
    /// together, and leaves places for others.
    /// </summary>
    [Range(1, 256)]
    public int MaxSequences { get; init; } = 16;

    /// <summary>Sequences that may wait for a place; further ones are refused.</summary>
    [Range(0, 65536)]
    public int MaxQueued { get; init; } = 256;

    /// <summary>Threads that compute; null is one per core.</summary>
    [Range(1, 1024)]
    public int? Threads { get; init; }

    /// <summary>Tokens whose keys and values are kept, over all sequences; null leaves it to the engine.</summary>
    [Range(16, 1 << 26)]
    public int? KvTokens { get; init; }

    /// <summary>How keys and values are kept, one of <see cref="KvFormatNames.All"/>.</summary>
    public string KvFormat { get; init; } = KvFormatNames.All[0];

    /// <summary>Tokens of finished answers whose keys and values stay for conversations that go on; null leaves it to the engine.</summary>
    [Range(0, 1 << 26)]
    public int? RetainedTokens { get; init; }

    /// <summary>Tokens that a step may compute on the guess that a text goes on as it did before; 0 for none, null leaves it to the engine.</summary>
    [Range(0, 64)]
    public int? DraftTokens { get; init; }

    /// <summary>How texts are embedded; null is the way that the model's file names.</summary>
    public Pooling? Pooling { get; init; }

    /// <summary>How long answers in flight may go on once the server is told to stop.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(10);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (KvFormatNames.Find(KvFormat) is null)
        {
            yield return new ValidationResult($"Serving:{nameof(KvFormat)} is '{KvFormat}'; accepted are {string.Join(" and ", KvFormatNames.All)}.");
        }
    }
}

internal enum Pooling
{
    /// <summary>The mean over all tokens.</summary>
    Mean,

    /// <summary>The last token's state.</summary>
    Last,
}

[OptionsValidator]
internal sealed partial class ServingOptionsValidator : IValidateOptions<ServingOptions>;
