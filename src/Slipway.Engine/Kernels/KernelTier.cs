using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Slipway.Engine.Kernels;

/// <summary>The implementations every operation may have, slowest first.</summary>
public enum KernelTier
{
    /// <summary>Plain loops: the reference that the others are tested against.</summary>
    Scalar,

    /// <summary>256-bit vectors (AVX2 with FMA).</summary>
    Vector256,

    /// <summary>512-bit vectors (AVX-512 F and BW).</summary>
    Vector512,

    /// <summary>256-bit vectors with the 8-bit dot product (AVX-VNNI).</summary>
    Vnni,
}

/// <summary>Which tier this process uses: the best that the processor has, or the one that the environment forces.</summary>
public static class KernelTable
{
    /// <summary>Names a tier (<c>scalar</c>, <c>vector256</c>, <c>vector512</c>, <c>vnni</c>) to use instead of the best.</summary>
    public const string EnvironmentVariable = "SLIPWAY_KERNELS";

    /// <summary>Tiers that this processor can run, best first.</summary>
    public static IReadOnlyList<KernelTier> Supported { get; } = FindSupported();

    /// <summary>The tier to use.</summary>
    /// <exception cref="ArgumentException">The environment names a tier that does not exist or cannot run here.</exception>
    public static KernelTier Choose() => Choose(Environment.GetEnvironmentVariable(EnvironmentVariable));

    internal static KernelTier Choose(string? forced)
    {
        if (string.IsNullOrWhiteSpace(forced))
        {
            return Supported[0];
        }
        return Enum.TryParse<KernelTier>(forced, ignoreCase: true, out var tier) && Supported.Contains(tier)
            ? tier
            : throw new ArgumentException(
                $"{EnvironmentVariable} is '{forced}'; this processor runs {string.Join(", ", Supported).ToLowerInvariant()}.");
    }

    private static List<KernelTier> FindSupported()
    {
        List<KernelTier> tiers = [];
        var has256 = Avx2.IsSupported && Fma.IsSupported;
        if (has256 && AvxVnni.IsSupported)
        {
            tiers.Add(KernelTier.Vnni);
        }
        if (has256 && Avx512BW.IsSupported && Vector512.IsHardwareAccelerated)
        {
            tiers.Add(KernelTier.Vector512);
        }
        if (has256)
        {
            tiers.Add(KernelTier.Vector256);
        }
        tiers.Add(KernelTier.Scalar);
        return tiers;
    }
}
