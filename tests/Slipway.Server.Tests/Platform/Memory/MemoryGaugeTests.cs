using Slipway.Server.Platform.Memory;

namespace Slipway.Server.Tests.Platform.Memory;

public sealed class MemoryGaugeTests : IDisposable
{
    private const string MeminfoOfEight = "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8000000 kB\n";

    private readonly string _root = Directory.CreateTempSubdirectory("slipway-memory-").FullName;

    public void Dispose() => TestData.Delete(_root);

    [Fact]
    public void This_machine_has_some_memory_left()
    {
        Assert.InRange(new MemoryGauge().ReadAvailable(), 1 << 20, 1L << 46);
    }

    [Fact]
    public void Without_a_group_it_is_what_the_machine_has_left()
    {
        Write("proc/meminfo", MeminfoOfEight);

        Assert.Equal(8_000_000L * 1024, Read());
    }

    [Fact]
    public void A_group_leaves_its_limit_less_what_it_uses_and_cached_files_can_be_dropped()
    {
        Write("proc/meminfo", MeminfoOfEight);
        Write("proc/self/cgroup", "0::/job\n");
        WriteGroup("job", max: "4000000000", current: "3000000000", file: "500000000");

        Assert.Equal(1_500_000_000, Read());
    }

    [Fact]
    public void The_tightest_of_the_groups_above_counts()
    {
        Write("proc/meminfo", MeminfoOfEight);
        Write("proc/self/cgroup", "0::/outer/inner\n");
        WriteGroup("outer/inner", max: "max", current: "10", file: "0");
        WriteGroup("outer", max: "1000", current: "400", file: "0");

        Assert.Equal(600, Read());
    }

    [Fact]
    public void A_group_that_is_over_its_limit_leaves_nothing()
    {
        Write("proc/meminfo", MeminfoOfEight);
        Write("proc/self/cgroup", "0::/\n");
        WriteGroup("", max: "1000", current: "1400", file: "0");

        Assert.Equal(0, Read());
    }

    [Fact]
    public void Where_no_file_tells_the_collector_does()
    {
        Assert.InRange(Read(), 0, 1L << 46);
    }

    private long Read() => new MemoryGauge(_root).ReadAvailable();

    private void WriteGroup(string group, string max, string current, string file)
    {
        Write($"sys/fs/cgroup/{group}/memory.max", max + "\n");
        Write($"sys/fs/cgroup/{group}/memory.current", current + "\n");
        Write($"sys/fs/cgroup/{group}/memory.stat", $"anon 5\nfile {file}\nfile_mapped 7\n");
    }

    private void Write(string path, string content)
    {
        var file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }
}
